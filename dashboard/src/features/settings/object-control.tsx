"use client";

import { Field } from "@/components/ui/field";
import { titled } from "@/lib/titles";
import { shapeOf } from "./schema";
import { ValueControl, type ShapedProps } from "./value-control";

/** Several values under one name, each with its own field. */
export function ObjectControl(props: ShapedProps) {
  const { root, shape, value, onChange, path, problems, aria } = props;
  const values = (value ?? {}) as Record<string, unknown>;
  return (
    <div className="grid gap-4 rounded-lg border p-4" role="group" id={aria.id} aria-label={aria["aria-label"]}>
      {Object.entries(shape.schema.properties ?? {}).map(([key, schema]) => {
        const at = `${path}.${key}`;
        const part = shapeOf(root, schema);
        return (
          <Field key={key} label={titled(key)} hint={part.schema.description} error={problems[at]} isInline={part.kind === "bool"}>
            {(partAria) => (
              <ValueControl {...props} schema={schema} value={values[key]} path={at} aria={partAria} onChange={(next) => onChange({ ...values, [key]: next })} />
            )}
          </Field>
        );
      })}
    </div>
  );
}
