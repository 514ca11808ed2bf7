"use client";

import type { Aria } from "@/components/ui/field";
import { Picker } from "@/components/pickers/picker";
import { useTargets } from "./use-permissions";

type TargetPickerProps = Partial<Aria> & {
  kind: "command" | "module";
  value: string | null;
  onChange: (target: string | null) => void;
  disabled?: boolean;
};

/** A command or a module of the bot. */
export function TargetPicker({ kind, ...props }: TargetPickerProps) {
  const targets = useTargets();
  return (
    <Picker
      {...props}
      placeholder={kind === "command" ? "Choose a command" : "Choose a module"}
      empty={targets.isUnknown ? "The bot does not answer, so its commands are not known." : "There is none of this name."}
      choices={kind === "command" ? targets.commands : targets.modules}
    />
  );
}
