"use client";

import { PlusIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { blank, type JsonSchema } from "./schema";
import { ValueControl, type ShapedProps } from "./value-control";

/** Values by names that people choose, such as templates. */
export function MapControl(props: ShapedProps) {
  const { root, shape, value, onChange, disabled, path, problems, aria } = props;
  const [name, setName] = useState("");
  const schema: JsonSchema = typeof shape.schema.additionalProperties === "object" ? shape.schema.additionalProperties : {};
  const entries = Object.entries((value ?? {}) as Record<string, unknown>);
  const wanted = name.trim();
  const isTaken = entries.some(([key]) => key === wanted);
  const isFull = shape.schema.maxProperties !== undefined && entries.length >= shape.schema.maxProperties;
  function add() {
    if (!wanted || isTaken) return;
    onChange({ ...Object.fromEntries(entries), [wanted]: blank(root, schema) });
    setName("");
  }
  return (
    <div className="grid gap-3" role="group" id={aria.id} aria-label={aria["aria-label"]} aria-describedby={aria["aria-describedby"]}>
      {entries.map(([key, entry]) => {
        const at = `${path}.${key}`;
        return (
          <div key={key} className="grid gap-1 rounded-lg border p-3">
            <div className="flex items-center justify-between gap-2">
              <span className="truncate text-sm font-medium">{key}</span>
              <Button
                variant="ghost"
                size="icon-sm"
                aria-label={`Remove ${key}`}
                disabled={disabled}
                onClick={() => onChange(Object.fromEntries(entries.filter(([other]) => other !== key)))}
              >
                <Trash2Icon aria-hidden />
              </Button>
            </div>
            <ValueControl
              {...props}
              schema={schema}
              value={entry}
              path={at}
              aria={{ "aria-label": key, "aria-invalid": problems[at] ? true : undefined }}
              onChange={(next) => onChange(Object.fromEntries(entries.map(([other, one]) => [other, other === key ? next : one])))}
            />
            {problems[at] && (
              <p role="alert" className="text-xs text-destructive">
                {problems[at]}
              </p>
            )}
          </div>
        );
      })}
      <div className="flex gap-2">
        <Input
          aria-label="Name of a new entry"
          placeholder="Name"
          className="max-w-56"
          maxLength={shape.schema.propertyNames?.maxLength}
          value={name}
          disabled={disabled || isFull}
          onChange={(event) => setName(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            add();
          }}
        />
        <Button variant="outline" disabled={disabled || isFull || !wanted || isTaken} onClick={add}>
          <PlusIcon aria-hidden />
          Add
        </Button>
      </div>
    </div>
  );
}
