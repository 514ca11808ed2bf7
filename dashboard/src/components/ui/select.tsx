"use client";

import { CheckIcon, ChevronDownIcon } from "lucide-react";
import { Select as Root } from "radix-ui";
import { cn } from "@/lib/cn";
import { control } from "./field";

export type Option<Value extends string = string> = { value: Value; label: string };

type SelectProps<Value extends string> = {
  value: Value | undefined;
  onValueChange: (value: Value) => void;
  options: readonly Option<Value>[];
  placeholder?: string;
  disabled?: boolean;
  className?: string;
  id?: string;
  "aria-label"?: string;
  "aria-invalid"?: boolean;
  "aria-describedby"?: string;
};

/** One of a few; for many, or for channels, roles and people, there are pickers. */
export function Select<Value extends string>({
  value,
  onValueChange,
  options,
  placeholder,
  disabled,
  className,
  ...aria
}: SelectProps<Value>) {
  return (
    <Root.Root value={value ?? ""} onValueChange={(next) => onValueChange(next as Value)} disabled={disabled}>
      <Root.Trigger
        className={cn(control, "flex h-9 items-center justify-between gap-2 data-placeholder:text-muted-foreground", className)}
        {...aria}
      >
        <span className="truncate">
          <Root.Value placeholder={placeholder} />
        </span>
        <ChevronDownIcon className="size-4 shrink-0 opacity-60" aria-hidden />
      </Root.Trigger>
      <Root.Portal>
        <Root.Content
          position="popper"
          sideOffset={4}
          className="z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) overflow-hidden rounded-md border bg-popover p-1 text-popover-foreground shadow-lg data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-95"
        >
          <Root.Viewport>
            {options.map((option) => (
              <Root.Item
                key={option.value}
                value={option.value}
                className="flex cursor-default items-center justify-between gap-4 rounded-sm px-2 py-1.5 text-sm outline-none select-none data-highlighted:bg-accent"
              >
                <Root.ItemText>{option.label}</Root.ItemText>
                <Root.ItemIndicator>
                  <CheckIcon className="size-4" aria-hidden />
                </Root.ItemIndicator>
              </Root.Item>
            ))}
          </Root.Viewport>
        </Root.Content>
      </Root.Portal>
    </Root.Root>
  );
}
