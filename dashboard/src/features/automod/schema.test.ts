import { expect, test } from "vitest";
import { fieldsOf, newPart, problemOf, problemsAt, variants } from "./schema";
import { SCHEMA } from "./schema.fixture";
import { told } from "./words";

test("the kinds of parts are found by the schema", () => {
  expect([...variants(SCHEMA, "trigger").keys()]).toEqual(["words", "mentions"]);
  expect([...variants(SCHEMA, "conditions").keys()]).toEqual(["member_age"]);
  expect([...variants(SCHEMA, "effects").keys()]).toEqual(["ban"]);
});

test("a new part has the defaults of the server", () => {
  expect(newPart(SCHEMA, "trigger", "words")).toEqual({ type: "words", words: [], whole: true });
  expect(newPart(SCHEMA, "trigger", "mentions")).toEqual({ type: "mentions", most: 5 });
  expect(newPart(SCHEMA, "effects", "ban")).toEqual({ type: "ban", duration: null });
  expect(newPart(SCHEMA, "conditions", "member_age")).toEqual({ type: "member_age", below: "" });
});

test("a field that may be empty is known as such", () => {
  const ban = variants(SCHEMA, "effects").get("ban")!;
  expect(fieldsOf(ban, SCHEMA)).toEqual([["duration", { schema: { type: "string", format: "duration", default: null }, isOptional: true }]]);
});

test("problems of the server find their field", () => {
  const problems = { "body.document.trigger.words.words.0": "too long", "document.effects.1.ban.duration": "no duration", name: "empty" };
  expect(problemOf(problemsAt(problems, "document.trigger"), "words", "words")).toBe("too long");
  expect(problemOf(problemsAt(problems, "document.effects.1"), "ban", "duration")).toBe("no duration");
  expect(problemOf(problemsAt(problems, "document.effects.0"), "ban", "duration")).toBeUndefined();
  expect(problemsAt(problems, "name")).toEqual({ "": "empty" });
});

test("parts are told in plain words", () => {
  expect(told({ type: "words", words: ["a", "b"], list: "slurs" })).toBe("One of 2 words and the list “slurs”");
  expect(told({ type: "links", mode: "block", domains: [] })).toBe("Any link");
  expect(told({ type: "points", above: 9 })).toBe("Has more than 9 points");
  expect(told({ type: "points", amount: 1 })).toBe("1 point");
  expect(told({ type: "channels", ids: [], negate: true })).toBe("not: in these channels");
  expect(told({ type: "something_new" })).toBe("Something new");
});
