"use client";

import { useId } from "react";
import { Checkbox } from "@/components/ui/checkbox";
import { Label } from "@/components/ui/field";
import type { RightName } from "@/hooks/use-rights";
import { FOR_PEOPLE, RIGHT_NAMES, RIGHTS, closure, heads } from "./rights";

type RightsFieldProps = {
  value: readonly RightName[];
  onChange: (rights: RightName[]) => void;
  canGive: readonly RightName[];
  isForRole: boolean;
  error?: string;
};

/** Which rights to give: each includes others, which are then ticked, too. */
export function RightsField({ value, onChange, canGive, isForRole, error }: RightsFieldProps) {
  const held = closure(value);
  return (
    <fieldset className="grid gap-1" aria-invalid={error ? true : undefined}>
      <legend className="mb-1.5 text-sm font-medium">What they may do</legend>
      {RIGHT_NAMES.filter((right) => canGive.includes(right) && !(isForRole && FOR_PEOPLE.includes(right))).map((right) => (
        <RightChoice
          key={right}
          right={right}
          isChosen={held.has(right)}
          isIncluded={held.has(right) && !value.includes(right)}
          onChange={(isChosen) => onChange(heads(isChosen ? [...value, right] : value.filter((other) => other !== right)))}
        />
      ))}
      {isForRole && <p className="text-xs text-muted-foreground">Roles cannot manage access or own the dashboard; people can.</p>}
      {error && (
        <p role="alert" className="text-xs text-destructive">
          {error}
        </p>
      )}
    </fieldset>
  );
}

type RightChoiceProps = { right: RightName; isChosen: boolean; isIncluded: boolean; onChange: (isChosen: boolean) => void };

function RightChoice({ right, isChosen, isIncluded, onChange }: RightChoiceProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-3 rounded-md p-2 hover:bg-muted/60">
      <Checkbox
        id={id}
        className="mt-0.5"
        checked={isChosen}
        disabled={isIncluded}
        onCheckedChange={(next) => onChange(next === true)}
        aria-describedby={`${id}-means`}
      />
      <div className="grid gap-0.5">
        <Label htmlFor={id}>
          {RIGHTS[right].label}
          {isIncluded && <span className="ml-2 text-xs font-normal text-muted-foreground">included</span>}
        </Label>
        <p id={`${id}-means`} className="text-xs text-muted-foreground">
          {RIGHTS[right].means}
        </p>
      </div>
    </div>
  );
}
