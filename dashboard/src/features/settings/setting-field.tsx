"use client";

import { RotateCcwIcon } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { titled } from "@/lib/titles";
import type { Problems } from "./checks";
import { MessagePreview } from "./message-preview";
import { isSame, shapeOf, type JsonSchema } from "./schema";
import { ValueControl } from "./value-control";

type SettingFieldProps = {
  name: string;
  /** Whether it is a row of a table of like settings. */
  isRow?: boolean;
  root: JsonSchema;
  schema: JsonSchema;
  value: unknown;
  isChanged: boolean;
  /** Why what is stored does not count, if that is so. */
  ignored?: string;
  disabled: boolean;
  problems: Problems;
  onChange: (value: unknown) => void;
};

const LONG_TEXT = 400;

/** One setting: its name, control, what it does, what is wrong, and the way back to its default. */
export function SettingField({ name, isRow, root, schema, value, isChanged, ignored, disabled, problems, onChange }: SettingFieldProps) {
  const shape = shapeOf(root, schema);
  const title = titled(name);
  const canReset = !disabled && "default" in schema && !isSame(value, schema.default);
  const wrong = problems[name] ?? (ignored && `What is stored does not count any more: ${ignored}`);
  const isMessage = shape.kind === "text" && (shape.schema.maxLength ?? 0) >= LONG_TEXT;
  return (
    <div className="relative" data-setting={name}>
      {isChanged && <span className="absolute inset-y-0 -left-3 w-0.5 rounded-full bg-primary" title="Changed, and not saved yet" />}
      <Field label={title} hint={schema.description} error={wrong} isInline={shape.kind === "bool"} isRow={isRow}>
        {(aria) => <ValueControl root={root} schema={schema} value={value} onChange={onChange} disabled={disabled} path={name} problems={problems} aria={aria} />}
      </Field>
      {isMessage && typeof value === "string" && value !== "" && <MessagePreview text={value} />}
      {canReset && (
        <Button
          variant="ghost"
          size="sm"
          className={shape.kind === "bool" || isRow ? "mt-1 -ml-1.5 h-6 px-1.5 text-xs text-muted-foreground" : "absolute -top-1.5 right-0 h-6 px-1.5 text-xs text-muted-foreground"}
          aria-label={`Reset ${title} to its default`}
          onClick={() => onChange(schema.default)}
        >
          <RotateCcwIcon className="size-3" aria-hidden />
          Default
        </Button>
      )}
    </div>
  );
}
