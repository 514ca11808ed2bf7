/** The part of JSON Schema (draft 2020-12) that settings use, and what it means for a form. */
export type JsonSchema = {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  examples?: unknown[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  required?: string[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  "x-kind"?: string;
};

export type Kind =
  | "bool"
  | "integer"
  | "number"
  | "text"
  | "choice"
  | "role"
  | "channel"
  | "user"
  | "colour"
  | "duration"
  | "locale"
  | "list"
  | "map"
  | "object"
  | "json";

/** What one control needs to know. */
export type Shape = { kind: Kind; schema: JsonSchema; isOptional: boolean };

const ENTITIES = ["role", "channel", "user"] as const;

function merged(root: JsonSchema, schema: JsonSchema): JsonSchema {
  let found = schema;
  // A reference that leads in a circle would never end.
  for (let depth = 0; found.$ref?.startsWith("#/$defs/") && depth < 20; depth++) {
    const { $ref, ...own } = found;
    found = { ...root.$defs?.[$ref.slice("#/$defs/".length)], ...own };
  }
  return found;
}

/** What kind of value the schema takes, with references and "or nothing" looked through. */
export function shapeOf(root: JsonSchema, schema: JsonSchema): Shape {
  const own = merged(root, schema);
  const parts = own.anyOf ?? own.oneOf;
  if (parts) {
    const there = parts.filter((part) => part.type !== "null");
    const isOptional = there.length < parts.length;
    if (there.length !== 1 || !there[0]) return { kind: "json", schema: own, isOptional };
    return { ...shapeOf(root, { ...own, anyOf: undefined, oneOf: undefined, ...there[0], ...words(own) }), isOptional };
  }
  if (Array.isArray(own.type)) {
    const types = own.type.filter((type) => type !== "null");
    if (types.length !== 1) return { kind: "json", schema: own, isOptional: own.type.includes("null") };
    return { ...shapeOf(root, { ...own, type: types[0] }), isOptional: own.type.includes("null") };
  }
  return { kind: kindOf(own), schema: own, isOptional: false };
}

/** What the whole says about itself comes before what its only part says. */
const words = ({ title, description, default: preset, "x-kind": kind }: JsonSchema): JsonSchema =>
  Object.fromEntries(Object.entries({ title, description, default: preset, "x-kind": kind }).filter(([, word]) => word !== undefined));

function kindOf(schema: JsonSchema): Kind {
  if (schema.type === "array") return schema.items ? "list" : "json";
  if (schema.type === "object") return objectKind(schema);
  const hint = schema["x-kind"] ?? schema.format;
  const entity = ENTITIES.find((one) => one === hint);
  if (entity) return entity;
  if (hint === "colour" || hint === "locale") return hint;
  if (hint === "duration" && schema["x-kind"]) return "duration";
  if (schema.enum) return "choice";
  if (schema.type === "boolean") return "bool";
  if (schema.type === "integer" || schema.type === "number") return schema.type;
  return schema.type === "string" ? "text" : "json";
}

function objectKind(schema: JsonSchema): Kind {
  if (schema.properties) return "object";
  return typeof schema.additionalProperties === "object" ? "map" : "json";
}

/** The schema of the list's entries: the hint of a list is about each of them. */
export const itemSchema = (list: JsonSchema): JsonSchema => ({ "x-kind": list["x-kind"], ...list.items });

/** What a new entry begins with. */
export function blank(root: JsonSchema, schema: JsonSchema): unknown {
  const { kind, schema: own, isOptional } = shapeOf(root, schema);
  if (own.default !== undefined) return own.default;
  if (isOptional) return null;
  switch (kind) {
    case "bool":
      return false;
    case "integer":
    case "number":
    case "colour":
      return own.minimum ?? 0;
    case "choice":
    case "locale":
      return own.enum?.[0] ?? "";
    case "list":
      return [];
    case "map":
      return {};
    case "object":
      return Object.fromEntries(Object.entries(own.properties ?? {}).map(([key, property]) => [key, blank(root, property)]));
    case "json":
      return null;
    default:
      return "";
  }
}

/** Whether two values are the same as JSON. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other))
    return Array.isArray(one) && Array.isArray(other) && one.length === other.length && one.every((value, index) => isSame(value, other[index]));
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length && keys.every((key) => key in right && isSame(left[key], right[key]));
}
