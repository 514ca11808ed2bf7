"use client";

import { ChannelPicker, RolePicker, UserPicker } from "@/components/pickers";
import { Input, Textarea, type Aria } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { titled } from "@/lib/titles";
import type { Problems } from "./checks";
import { ColourControl } from "./colour-control";
import { JsonControl } from "./json-control";
import { ListControl } from "./list-control";
import { MapControl } from "./map-control";
import { ObjectControl } from "./object-control";
import { itemSchema, shapeOf, type JsonSchema, type Shape } from "./schema";

export type ControlProps = {
  /** The schema that has the `$defs`. */
  root: JsonSchema;
  schema: JsonSchema;
  value: unknown;
  onChange: (value: unknown) => void;
  disabled?: boolean;
  /** Where the value stands, such as `roles.1`. */
  path: string;
  problems: Problems;
  aria: Partial<Aria> & { "aria-label"?: string };
};

const NOTHING = "\u0000nothing";
const LONG = 150;

/** The control that fits the schema; what fits none is edited as JSON. */
export function ValueControl(props: ControlProps) {
  const shape = shapeOf(props.root, props.schema);
  switch (shape.kind) {
    case "bool":
      return <Switch {...props.aria} checked={props.value === true} disabled={props.disabled} onCheckedChange={props.onChange} />;
    case "integer":
    case "number":
      return <NumberControl {...props} shape={shape} />;
    case "choice":
    case "locale":
      return <ChoiceControl {...props} shape={shape} />;
    case "role":
    case "channel":
    case "user":
      return <EntityControl {...props} shape={shape} />;
    case "colour":
      return <ColourControl {...props} shape={shape} />;
    case "text":
    case "duration":
      return <TextControl {...props} shape={shape} />;
    case "list":
      return isOfEntities(props.root, shape) ? <EntityControl {...props} shape={shape} /> : <ListControl {...props} shape={shape} />;
    case "map":
      return <MapControl {...props} shape={shape} />;
    case "object":
      return <ObjectControl {...props} shape={shape} />;
    default:
      return <JsonControl {...props} />;
  }
}

export type ShapedProps = ControlProps & { shape: Shape };

const PICKERS = { role: RolePicker, channel: ChannelPicker, user: UserPicker };
type Entity = keyof typeof PICKERS;

const itemKind = (root: JsonSchema, list: JsonSchema) => shapeOf(root, itemSchema(list)).kind;
const isOfEntities = (root: JsonSchema, shape: Shape) => itemKind(root, shape.schema) in PICKERS;

function EntityControl({ shape, root, value, onChange, disabled, aria }: ShapedProps) {
  const isMany = shape.kind === "list";
  const ThePicker = PICKERS[(isMany ? itemKind(root, shape.schema) : shape.kind) as Entity];
  if (isMany) return <ThePicker {...aria} isMultiple value={Array.isArray(value) ? value.map(String) : []} onChange={onChange} disabled={disabled} />;
  return <ThePicker {...aria} value={value == null || value === "" ? null : String(value)} onChange={onChange} disabled={disabled} isClearable={shape.isOptional} />;
}

function NumberControl({ shape, value, onChange, disabled, aria }: ShapedProps) {
  const { minimum, maximum } = shape.schema;
  return (
    <Input
      {...aria}
      type="number"
      inputMode={shape.kind === "integer" ? "numeric" : "decimal"}
      step={shape.kind === "integer" ? 1 : "any"}
      min={minimum}
      max={maximum}
      disabled={disabled}
      className="max-w-48"
      value={typeof value === "number" ? value : ""}
      onChange={(event) => onChange(event.target.value === "" ? null : event.target.valueAsNumber)}
    />
  );
}

function ChoiceControl({ shape, value, onChange, disabled, aria }: ShapedProps) {
  const choices = shape.schema.enum ?? [];
  const isLocale = shape.kind === "locale";
  const options = choices.map((choice, index) => ({ value: String(index), label: isLocale ? languageName(String(choice)) : titled(String(choice)) }));
  if (shape.isOptional) options.unshift({ value: NOTHING, label: "Nothing" });
  const index = choices.indexOf(value);
  return (
    <Select
      {...aria}
      className="sm:max-w-72"
      disabled={disabled}
      value={index >= 0 ? String(index) : value === null && shape.isOptional ? NOTHING : undefined}
      placeholder="Choose"
      options={options}
      onValueChange={(chosen) => onChange(chosen === NOTHING ? null : choices[Number(chosen)])}
    />
  );
}

const languages = new Intl.DisplayNames("en", { type: "language" });
const languageName = (locale: string) => `${languages.of(locale) ?? locale} (${locale})`;

function TextControl({ shape, value, onChange, disabled, aria }: ShapedProps) {
  const { maxLength, examples } = shape.schema;
  const isDuration = shape.kind === "duration";
  const placeholder = isDuration ? `for example ${String(examples?.[0] ?? "1d 2h 30m")}` : shape.isOptional ? "Nothing" : undefined;
  const shared = {
    ...aria,
    placeholder,
    disabled,
    value: typeof value === "string" ? value : "",
    onChange: (event: { target: { value: string } }) => onChange(event.target.value === "" && shape.isOptional ? null : event.target.value),
  };
  if ((maxLength ?? 0) > LONG) return <Textarea {...shared} maxLength={maxLength} rows={4} />;
  return <Input {...shared} maxLength={maxLength} className={isDuration ? "max-w-48" : undefined} />;
}
