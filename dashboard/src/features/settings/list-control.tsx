"use client";

import { PlusIcon, Trash2Icon } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { titled } from "@/lib/titles";
import { blank, itemSchema, shapeOf } from "./schema";
import { ValueControl, type ShapedProps } from "./value-control";

/** A list: boxes to tick where there are only so many values, else entries to add, change and remove. */
export function ListControl(props: ShapedProps) {
  const { root, shape, value, onChange, disabled, path, problems, aria } = props;
  const schema = itemSchema(shape.schema);
  const item = shapeOf(root, schema);
  const values: unknown[] = Array.isArray(value) ? value : [];
  if (item.kind === "choice") return <Ticks {...props} choices={item.schema.enum ?? []} values={values} />;
  const isFull = shape.schema.maxItems !== undefined && values.length >= shape.schema.maxItems;
  return (
    <div className="grid gap-2" role="group" id={aria.id} aria-label={aria["aria-label"]} aria-describedby={aria["aria-describedby"]}>
      {values.map((entry, index) => {
        const at = `${path}.${index}`;
        return (
          <div key={index} className="grid gap-1">
            <div className="flex items-start gap-2">
              <div className="min-w-0 flex-1">
                <ValueControl
                  {...props}
                  schema={schema}
                  value={entry}
                  path={at}
                  aria={{ "aria-label": `Entry ${index + 1}`, "aria-invalid": problems[at] ? true : undefined }}
                  onChange={(next) => onChange(values.map((one, place) => (place === index ? next : one)))}
                />
              </div>
              <Button
                variant="ghost"
                size="icon"
                aria-label={`Remove entry ${index + 1}`}
                disabled={disabled}
                onClick={() => onChange(values.filter((_, place) => place !== index))}
              >
                <Trash2Icon aria-hidden />
              </Button>
            </div>
            {problems[at] && (
              <p role="alert" className="text-xs text-destructive">
                {problems[at]}
              </p>
            )}
          </div>
        );
      })}
      <Button variant="outline" size="sm" className="w-fit" disabled={disabled || isFull} onClick={() => onChange([...values, blank(root, schema)])}>
        <PlusIcon aria-hidden />
        Add
      </Button>
    </div>
  );
}

function Ticks({ choices, values, onChange, disabled, aria }: ShapedProps & { choices: unknown[]; values: unknown[] }) {
  return (
    <div
      className="grid grid-cols-2 gap-x-6 gap-y-2 sm:grid-cols-3"
      role="group"
      id={aria.id}
      aria-label={aria["aria-label"]}
      aria-describedby={aria["aria-describedby"]}
    >
      {choices.map((choice) => (
        <label key={String(choice)} className="flex items-center gap-2 text-sm">
          <Checkbox
            checked={values.includes(choice)}
            disabled={disabled}
            onCheckedChange={(isOn) => onChange(choices.filter((one) => (one === choice ? isOn === true : values.includes(one))))}
          />
          {titled(String(choice))}
        </label>
      ))}
    </div>
  );
}
