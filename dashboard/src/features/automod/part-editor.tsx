"use client";

import { Trash2Icon } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Label } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { FieldControl } from "./field-control";
import { fieldsOf, newPart, problemOf, variants, type JsonSchema, type Part, type PartKind } from "./schema";
import { titleOf } from "./words";

type Props = {
  root: JsonSchema;
  kind: PartKind;
  label: string;
  part: Part;
  lists: readonly string[];
  problems: Record<string, string>;
  onChange: (part: Part) => void;
  onRemove?: () => void;
};

/** One trigger, condition or effect: its kind, and the fields that the schema gives it. */
export function PartEditor({ root, kind, label, part, lists, problems, onChange, onRemove }: Props) {
  const known = variants(root, kind);
  const schema = known.get(part.type);
  const fields = schema ? fieldsOf(schema, root) : [];
  const whole = problems[""] ?? problems[part.type];
  return (
    <div className="grid gap-4 rounded-lg border p-4" role="group" aria-label={label}>
      <div className="flex items-center gap-2">
        <Select
          aria-label={label}
          value={part.type}
          onValueChange={(type) => onChange(newPart(root, kind, type))}
          options={[...known.keys()].map((type) => ({ value: type, label: titleOf(type) }))}
        />
        {onRemove && (
          <Button variant="ghost" size="icon" aria-label={`Remove ${titleOf(part.type)}`} onClick={onRemove}>
            <Trash2Icon aria-hidden />
          </Button>
        )}
      </div>
      {schema?.description && <p className="text-xs text-muted-foreground">{schema.description}</p>}
      {whole && (
        <p role="alert" className="text-xs text-destructive">
          {whole}
        </p>
      )}
      {fields.map(([name, field]) => (
        <FieldControl
          key={name}
          part={part.type}
          name={name}
          field={field}
          lists={lists}
          value={part[name] ?? field.schema.default}
          error={problemOf(problems, part.type, name)}
          onChange={(value) => onChange({ ...part, [name]: value })}
        />
      ))}
      {schema?.properties?.negate && (
        <Label className="flex items-center gap-2 font-normal">
          <Switch checked={part.negate === true} onCheckedChange={(negate) => onChange({ ...part, negate })} />
          The opposite must hold
        </Label>
      )}
    </div>
  );
}
