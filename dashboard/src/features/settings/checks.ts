import { z } from "@/lib/zod";
import type { JsonSchema } from "./schema";

export type Problems = Record<string, string>;

const WORDS: Record<string, (issue: Issue) => string> = {
  too_big: ({ maximum, origin }) => `At most ${maximum}${unit(origin)}.`,
  too_small: ({ minimum, origin }) => (origin === "string" && minimum === 1 ? "It must not be empty." : `At least ${minimum}${unit(origin)}.`),
  invalid_type: () => "This is no value of the right kind.",
  invalid_value: () => "Choose one of the offered values.",
};

type Issue = { code: string; message: string; minimum?: unknown; maximum?: unknown; origin?: string };

const unit = (origin = "") => ({ string: " characters", array: " entries", object: " entries", record: " entries" })[origin] ?? "";

/** What is wrong with the values, by path such as `roles.1`; the API judges again, and knows more. */
export function problemsOf(root: JsonSchema, values: Record<string, unknown>): Problems {
  const found: Problems = {};
  for (const [key, value] of Object.entries(values)) {
    const property = root.properties?.[key];
    if (property) Object.assign(found, problemsOfValue({ ...property, $defs: root.$defs }, value, key));
  }
  return found;
}

export function problemsOfValue(schema: JsonSchema, value: unknown, at: string): Problems {
  const check = readable(schema);
  const found: Problems = {};
  for (const issue of check?.safeParse(value).error?.issues ?? []) {
    const path = [at, ...issue.path].join(".");
    found[path] ??= WORDS[issue.code]?.(issue as Issue) ?? issue.message;
  }
  return found;
}

function readable(schema: JsonSchema) {
  try {
    // With a default a missing value would count as right.
    const checked = { ...schema, $schema: "https://json-schema.org/draft/2020-12/schema", default: undefined };
    return z.fromJSONSchema(checked as Parameters<typeof z.fromJSONSchema>[0]);
  } catch {
    // A word of JSON Schema that the browser cannot check is left to the API.
    return undefined;
  }
}
