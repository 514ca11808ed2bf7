import { expect, test } from "vitest";
import { problemsOf, problemsOfValue } from "./checks";
import { grouped } from "./groups";
import { blank, isSame, shapeOf, type JsonSchema } from "./schema";

test("a reference that leads in a circle ends", () => {
  const root: JsonSchema = { $defs: { A: { $ref: "#/$defs/B" }, B: { $ref: "#/$defs/A" } } };
  expect(shapeOf(root, { $ref: "#/$defs/A" }).kind).toBe("json");
});

test("what may be of several kinds is edited as JSON", () => {
  expect(shapeOf({}, { anyOf: [{ type: "string" }, { type: "integer" }] }).kind).toBe("json");
  expect(shapeOf({}, { type: ["string", "null"] })).toMatchObject({ kind: "text", isOptional: true });
});

test("the whole's own words come before those of its part", () => {
  const shape = shapeOf({}, { anyOf: [{ type: "string", title: "Inner", maxLength: 5 }, { type: "null" }], title: "Outer" });
  expect(shape.schema).toMatchObject({ title: "Outer", maxLength: 5 });
});

test("a new entry is complete", () => {
  const entry: JsonSchema = { type: "object", properties: { name: { type: "string" }, count: { type: "integer", minimum: 1 }, tags: { type: "array", items: {} } } };
  expect(blank({}, entry)).toEqual({ name: "", count: 1, tags: [] });
});

test("a schema that the browser cannot check leaves it to the API", () => {
  expect(problemsOfValue({ $ref: "https://example.com/schema" }, 1, "value")).toEqual({});
});

test("an id, a bound and a wrong kind are told by path", () => {
  const root: JsonSchema = { properties: { roles: { type: "array", items: { type: "string", pattern: "^[0-9]{17,20}$" } }, n: { type: "integer", minimum: 2 } } };
  const found = problemsOf(root, { roles: ["1128754567890123457", "no"], n: null });
  expect(Object.keys(found).sort()).toEqual(["n", "roles.1"]);
});

test("values are compared as JSON", () => {
  expect(isSame({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
  expect(isSame({ a: 1 }, { b: 1 })).toBe(false);
  expect(isSame([1, 2], { 0: 1, 1: 2 })).toBe(false);
});

test("settings whose names begin alike stand together", () => {
  const groups = grouped({ gate_role: {}, text: {}, gate_mode: {}, is_on: {}, gate_wait: {}, log_channel: {} });
  expect(groups.map(({ title, properties }) => [title, properties.map(([key]) => key)])).toEqual([
    ["General", ["text", "is_on", "log_channel"]],
    ["Gate", ["gate_role", "gate_mode", "gate_wait"]],
  ]);
});

test("like settings, one a number, are a table", () => {
  const groups = grouped({ prefix: {}, level_0_role: {}, level_1_role: {}, level_2_role: {} });
  expect(groups.map(({ title, isTable }) => [title, isTable])).toEqual([
    ["General", false],
    ["Level roles", true],
  ]);
});
