"use client";

import { ChannelPicker, RolePicker } from "@/components/pickers";
import { Field, Input, Textarea, type Aria } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import type { FieldSchema } from "./schema";
import { CHOICES, hintOf, labelOf } from "./words";

type Props = {
  part: string;
  name: string;
  field: FieldSchema;
  value: unknown;
  error?: string;
  lists: readonly string[];
  onChange: (value: unknown) => void;
};

/** One field of a trigger, condition or effect, with the control that its schema asks for. */
export function FieldControl({ part, name, field, value, error, lists, onChange }: Props) {
  const isSwitch = field.schema.type === "boolean";
  return (
    <Field label={labelOf(part, name)} hint={hintOf(part, name, field.schema.format === "duration")} error={error} isInline={isSwitch}>
      {(aria) => <Control aria={aria} name={name} field={field} value={value} lists={lists} onChange={onChange} />}
    </Field>
  );
}

type ControlProps = Omit<Props, "part" | "error"> & { aria: Aria };

function Control({ aria, name, field: { schema, isOptional }, value, lists, onChange }: ControlProps) {
  if (schema.type === "boolean") return <Switch {...aria} checked={value === true} onCheckedChange={onChange} />;
  if (name === "list") return <ListChoice aria={aria} value={String(value ?? "")} lists={lists} onChange={onChange} />;
  if (schema.enum) {
    const options = schema.enum.map((it) => ({ value: String(it), label: CHOICES[name]?.[String(it)] ?? String(it) }));
    return <Select {...aria} value={String(value ?? "")} onValueChange={onChange} options={options} />;
  }
  if (schema.type === "array") return <Several aria={aria} schema={schema} value={value} onChange={onChange} />;
  if (schema.format === "role") return <RolePicker {...aria} value={idOf(value)} onChange={onChange} />;
  if (schema.format === "channel") return <ChannelPicker {...aria} value={idOf(value)} onChange={onChange} />;
  if (schema.type === "integer")
    return (
      <Input
        {...aria}
        type="number"
        min={schema.minimum}
        max={schema.maximum}
        required={!isOptional}
        value={typeof value === "number" ? value : ""}
        onChange={(event) => onChange(Number.isNaN(event.target.valueAsNumber) ? null : event.target.valueAsNumber)}
      />
    );
  if (schema.format === "time")
    return <Input {...aria} type="time" required value={String(value ?? "").slice(0, 5)} onChange={(event) => onChange(event.target.value)} />;
  const shared = { maxLength: schema.maxLength, required: !isOptional, value: String(value ?? "") };
  if ((schema.maxLength ?? 0) > 300) return <Textarea {...aria} {...shared} onChange={(event) => onChange(event.target.value)} />;
  return <Input {...aria} {...shared} onChange={(event) => onChange(event.target.value || (isOptional ? null : ""))} />;
}

const idOf = (value: unknown) => (typeof value === "string" && value ? value : null);
const textsOf = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);

/** Several roles, channels or lines of text. */
function Several({ aria, schema, value, onChange }: { aria: Aria; schema: FieldSchema["schema"]; value: unknown; onChange: (value: unknown) => void }) {
  const texts = textsOf(value);
  if (schema.items?.format === "role") return <RolePicker {...aria} isMultiple value={texts} onChange={onChange} />;
  if (schema.items?.format === "channel")
    return <ChannelPicker {...aria} isMultiple value={texts} onChange={onChange} kinds={["text", "news", "voice", "stage_voice", "forum", "category"]} />;
  // Empty lines stay while one types, and are left out when the rule is saved.
  return <Textarea {...aria} spellCheck={false} className="font-mono" value={texts.join("\n")} onChange={(event) => onChange(event.target.value.split("\n"))} />;
}

function ListChoice({ aria, value, lists, onChange }: { aria: Aria; value: string; lists: readonly string[]; onChange: (value: unknown) => void }) {
  const names = value && !lists.includes(value) ? [...lists, value] : lists;
  return (
    <Select
      {...aria}
      value={value || "-"}
      onValueChange={(next) => onChange(next === "-" ? "" : next)}
      options={[{ value: "-", label: "No list" }, ...names.map((name) => ({ value: name, label: name }))]}
    />
  );
}
