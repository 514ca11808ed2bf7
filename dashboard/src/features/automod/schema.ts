/** As much of JSON Schema as the schema of a rule uses. */
export type JsonSchema = {
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  type?: string;
  format?: string;
  title?: string;
  description?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
};

/** One trigger, condition or effect of a rule: its type says which other fields it has. */
export type Part = { type: string } & Record<string, unknown>;
export type PartKind = "trigger" | "conditions" | "effects";

/** The field itself, and whether it may be left empty. */
export type FieldSchema = { schema: JsonSchema; isOptional: boolean };

export function resolve(schema: JsonSchema, root: JsonSchema): JsonSchema {
  const name = schema.$ref?.split("/").pop();
  if (!name) return schema;
  return { ...resolve(root.$defs?.[name] ?? {}, root), ...schema, $ref: undefined };
}

const documentOf = (root: JsonSchema) => resolve(root.properties?.document ?? {}, root);

/** The kinds of triggers, conditions or effects that there are, by their type. */
export function variants(root: JsonSchema, kind: PartKind): Map<string, JsonSchema> {
  const property = resolve(documentOf(root).properties?.[kind] ?? {}, root);
  const union = kind === "trigger" ? property : resolve(property.items ?? {}, root);
  const known = (union.oneOf ?? []).map((it) => resolve(it, root));
  return new Map(known.map((schema) => [String(schema.properties?.type?.const), schema]));
}

/** The fields of a part, without its type; `negate` is shown apart. */
export function fieldsOf(schema: JsonSchema, root: JsonSchema): [string, FieldSchema][] {
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => name !== "type" && name !== "negate")
    .map(([name, field]) => [name, plain(resolve(field, root), root)]);
}

/** `T or null` as T that may be left empty. */
function plain(schema: JsonSchema, root: JsonSchema): FieldSchema {
  const isOptional = schema.anyOf?.some((it) => it.type === "null") ?? false;
  const [only] = schema.anyOf?.filter((it) => it.type !== "null") ?? [];
  return { schema: only ? { ...resolve(only, root), default: schema.default } : schema, isOptional };
}

function emptyOf({ schema, isOptional }: FieldSchema): unknown {
  if (schema.default !== undefined && schema.default !== null) return schema.default;
  if (isOptional) return null;
  if (schema.type === "array") return [];
  if (schema.type === "boolean") return false;
  if (schema.type === "integer") return schema.minimum ?? 0;
  return schema.enum?.[0] ?? "";
}

/** A new part of the type, with the defaults that the server would take. */
export function newPart(root: JsonSchema, kind: PartKind, type: string): Part {
  const schema = variants(root, kind).get(type) ?? {};
  return { type, ...Object.fromEntries(fieldsOf(schema, root).map(([name, field]) => [name, emptyOf(field)])) };
}

/** The problems at and below a place, by what is left of their path: `body.document.trigger.words.words.0` at `document.trigger`. */
export function problemsAt(problems: Record<string, string>, place: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [path, told] of Object.entries(problems)) {
    const bare = path.replace(/^body\./, "");
    if (bare === place) found[""] = told;
    else if (bare.startsWith(`${place}.`)) found[bare.slice(place.length + 1)] = told;
  }
  return found;
}

/** What is wrong with one field of a part; the server puts the part's type before the name. */
export function problemOf(problems: Record<string, string>, type: string, field: string): string | undefined {
  const names = [field, `${type}.${field}`];
  const at = Object.entries(problems).find(([path]) => names.some((name) => path === name || path.startsWith(`${name}.`)));
  return at?.[1];
}
