"use client";

import { Input } from "@/components/ui/field";
import type { ShapedProps } from "./value-control";

const written = (value: unknown) => `#${(typeof value === "number" ? value : 0).toString(16).padStart(6, "0")}`;

/** A colour, which is kept as a number. */
export function ColourControl({ value, onChange, disabled, aria }: ShapedProps) {
  return (
    <span className="flex items-center gap-2">
      <Input
        {...aria}
        type="color"
        className="w-14 cursor-pointer p-1"
        disabled={disabled}
        value={written(value)}
        onChange={(event) => onChange(Number.parseInt(event.target.value.slice(1), 16))}
      />
      <span className="font-mono text-sm text-muted-foreground">{typeof value === "number" ? written(value) : "None"}</span>
    </span>
  );
}
