"use client";

import { Command } from "cmdk";
import { CheckIcon, ChevronsUpDownIcon, XIcon } from "lucide-react";
import { useId, useState, type ReactNode } from "react";
import { control, type Aria } from "@/components/ui/field";
import { Popover, PopoverContent, PopoverTrigger } from "@/components/ui/popover";
import { cn } from "@/lib/cn";

export type Choice = { id: string; name: string; group?: string; icon?: ReactNode; hint?: string; isDisabled?: boolean };

/** One value or several; ids are text, because JavaScript would round them. */
export type Picked =
  | { isMultiple?: false; value: string | null; onChange: (value: string | null) => void }
  | { isMultiple: true; value: readonly string[]; onChange: (value: string[]) => void };

export type PickerProps = Picked &
  Partial<Aria> & {
    "aria-label"?: string;
    placeholder?: string;
    disabled?: boolean;
    /** Whether one may pick nothing. */
    isClearable?: boolean;
    className?: string;
  };

type BaseProps = PickerProps & {
  choices: readonly Choice[];
  /** Shows a value that no choice stands for, such as a channel that is gone. */
  unknown?: (id: string) => ReactNode;
  search?: { text: string; onChange: (text: string) => void };
  empty: string;
};

/** A searchable list behind a button; of several values each is a chip that can be taken away. */
export function Picker(props: BaseProps) {
  const { choices, placeholder = "Choose", disabled, isClearable = true, className, unknown, search, empty } = props;
  const [isOpen, setOpen] = useState(false);
  const list = useId();
  const values = props.isMultiple ? props.value : props.value === null ? [] : [props.value];
  const byId = new Map(choices.map((choice) => [choice.id, choice]));
  const shown = (id: string) => {
    const choice = byId.get(id);
    return choice ? <Shown choice={choice} /> : (unknown?.(id) ?? <span className="font-mono text-xs">{id}</span>);
  };
  function pick(id: string) {
    if (!props.isMultiple) {
      props.onChange(id === props.value && isClearable ? null : id);
      setOpen(false);
    } else if (props.value.includes(id)) props.onChange(props.value.filter((other) => other !== id));
    else props.onChange([...props.value, id]);
  }
  const canClear = !props.isMultiple && isClearable && props.value !== null && !disabled;
  return (
    <div className={cn("grid min-w-0 gap-2", className)}>
      <Popover open={isOpen} onOpenChange={setOpen}>
        <div className="relative min-w-0">
          <PopoverTrigger asChild>
            <button
              type="button"
              role="combobox"
              aria-expanded={isOpen}
              aria-haspopup="listbox"
              aria-controls={list}
              id={props.id}
              aria-label={props["aria-label"]}
              aria-invalid={props["aria-invalid"]}
              aria-describedby={props["aria-describedby"]}
              disabled={disabled}
              className={cn(control, "flex h-9 items-center justify-between gap-2 text-left", canClear && "pr-9")}
            >
              {!props.isMultiple && props.value !== null ? (
                shown(props.value)
              ) : (
                <span className="truncate text-muted-foreground">{placeholder}</span>
              )}
              {!canClear && <ChevronsUpDownIcon className="size-4 shrink-0 opacity-60" aria-hidden />}
            </button>
          </PopoverTrigger>
          {canClear && (
            <button
              type="button"
              aria-label="Clear"
              onClick={() => !props.isMultiple && props.onChange(null)}
              className="absolute top-1/2 right-2 grid size-6 -translate-y-1/2 place-content-center rounded-sm text-muted-foreground hover:bg-accent hover:text-foreground"
            >
              <XIcon className="size-4" aria-hidden />
            </button>
          )}
        </div>
        <PopoverContent id={list} className="w-(--radix-popover-trigger-width) min-w-64 p-0">
          <Choices choices={choices} values={values} onPick={pick} search={search} empty={empty} />
        </PopoverContent>
      </Popover>
      {props.isMultiple && values.length > 0 && (
        <ul className="flex flex-wrap gap-1.5">
          {values.map((id) => (
            <li key={id} className="inline-flex max-w-full items-center gap-1 rounded-md border bg-secondary py-0.5 pr-0.5 pl-2 text-sm">
              {shown(id)}
              <button
                type="button"
                disabled={disabled}
                aria-label={`Remove ${byId.get(id)?.name ?? id}`}
                onClick={() => pick(id)}
                className="grid size-6 place-content-center rounded-sm text-muted-foreground hover:bg-accent hover:text-foreground"
              >
                <XIcon className="size-3.5" aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

const Shown = ({ choice }: { choice: Choice }) => (
  <span className="flex min-w-0 items-center gap-2">
    {choice.icon}
    <span className="truncate">{choice.name}</span>
  </span>
);

type ChoicesProps = Pick<BaseProps, "choices" | "search" | "empty"> & { values: readonly string[]; onPick: (id: string) => void };

function Choices({ choices, values, onPick, search, empty }: ChoicesProps) {
  const groups = [...new Set(choices.map((choice) => choice.group ?? ""))];
  return (
    <Command shouldFilter={!search} loop>
      <Command.Input
        autoFocus
        placeholder="Search"
        aria-label="Search"
        value={search?.text}
        onValueChange={search?.onChange}
        className="h-10 w-full border-b bg-transparent px-3 text-sm outline-none placeholder:text-muted-foreground"
      />
      <Command.List className="max-h-64 overflow-y-auto p-1">
        <Command.Empty className="px-3 py-6 text-center text-sm text-muted-foreground">{empty}</Command.Empty>
        {groups.map((group) => (
          <Command.Group
            key={group}
            heading={group || undefined}
            className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted-foreground"
          >
            {choices
              .filter((choice) => (choice.group ?? "") === group)
              .map((choice) => (
                <Command.Item
                  key={choice.id}
                  value={choice.id}
                  keywords={[choice.name, choice.hint ?? ""]}
                  disabled={choice.isDisabled}
                  onSelect={onPick}
                  className="flex cursor-default items-center gap-2 rounded-sm px-2 py-1.5 text-sm select-none data-[disabled=true]:opacity-50 data-[selected=true]:bg-accent"
                >
                  <Shown choice={choice} />
                  {choice.hint && <span className="ml-auto truncate text-xs text-muted-foreground">{choice.hint}</span>}
                  {values.includes(choice.id) && <CheckIcon className={cn("size-4 shrink-0", !choice.hint && "ml-auto")} aria-label="Chosen" />}
                </Command.Item>
              ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command>
  );
}
