import type { JsonSchema } from "./schema";

// The form in which Pydantic writes the schema of a rule.
export const SCHEMA: JsonSchema = {
  $defs: {
    Words: {
      type: "object",
      properties: {
        type: { const: "words", default: "words", type: "string" },
        words: { type: "array", items: { type: "string", maxLength: 200 }, maxItems: 200, default: [] },
        whole: { type: "boolean", default: true },
      },
    },
    Mentions: {
      type: "object",
      properties: { type: { const: "mentions", type: "string" }, most: { type: "integer", minimum: 0, maximum: 100, default: 5 } },
    },
    Ban: {
      type: "object",
      properties: {
        type: { const: "ban", type: "string" },
        duration: { anyOf: [{ type: "string", format: "duration" }, { type: "null" }], default: null },
      },
    },
    Younger: {
      type: "object",
      properties: { negate: { type: "boolean", default: false }, type: { const: "member_age" }, below: { type: "string", format: "duration" } },
    },
    RuleDocument: {
      type: "object",
      properties: {
        trigger: { oneOf: [{ $ref: "#/$defs/Words" }, { $ref: "#/$defs/Mentions" }] },
        conditions: { type: "array", items: { oneOf: [{ $ref: "#/$defs/Younger" }] }, maxItems: 10 },
        effects: { type: "array", items: { oneOf: [{ $ref: "#/$defs/Ban" }] }, minItems: 1 },
      },
    },
  },
  properties: { name: { type: "string" }, document: { $ref: "#/$defs/RuleDocument" } },
};
