"use client";

import { useState } from "react";
import { Textarea } from "@/components/ui/field";
import type { ControlProps } from "./value-control";

/** A value of its own form, as JSON. */
export function JsonControl({ value, onChange, disabled, aria }: ControlProps) {
  const [text, setText] = useState(() => JSON.stringify(value ?? null, null, 2));
  const [isWrong, setWrong] = useState(false);
  return (
    <div className="grid gap-1">
      <Textarea
        {...aria}
        aria-invalid={isWrong || aria["aria-invalid"]}
        rows={5}
        spellCheck={false}
        disabled={disabled}
        className="font-mono text-xs"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          try {
            onChange(JSON.parse(event.target.value));
            setWrong(false);
          } catch {
            setWrong(true);
          }
        }}
      />
      {isWrong && (
        <p role="alert" className="text-xs text-destructive">
          This is no JSON yet, so what was there before still counts.
        </p>
      )}
    </div>
  );
}
