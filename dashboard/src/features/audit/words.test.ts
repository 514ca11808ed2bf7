import { describe, expect, it } from "vitest";
import { differences, shown } from "@/lib/difference";
import { about, areaOf, phrase, type Entry } from "./words";

const entry = (details: Record<string, unknown>): Entry => ({
  id: "0",
  action: "x.y",
  actor_id: null,
  actor_name: "",
  target_type: "",
  target_id: null,
  reason: "",
  details,
  correlation_id: null,
  created_at: "2026-01-01T00:00:00Z",
});

describe("the words of the audit log", () => {
  it("tells known and unknown actions", () => {
    expect(phrase("standing.block")).toBe("blocked");
    expect(phrase("configuration.set", { feature: "tickets" })).toBe("changed the settings of Tickets");
    expect(phrase("configuration.set", { feature: "guilds" })).toBe("changed the settings of General");
    expect(phrase("moderation.warn", { case: 12 })).toBe("warned");
    expect(phrase("greeter.said_hello")).toBe("said hello (Greeter)");
    expect(areaOf("due_work.cancel")).toBe("Due work");
  });

  it("tells what it was about, if the details do", () => {
    expect(about(entry({ name: "Spam" }))).toBe("Spam");
    expect(about(entry({ rule: 3, before: null }))).toBe("rule #3");
    expect(about(entry({ case: 12, outcome: "warned" }))).toBe("case #12");
    expect(about(entry({ settings: ["mod_log", 7, "prefix"] }))).toBe("mod log, prefix");
    expect(about(entry({}))).toBe("");
  });
});

describe("differences", () => {
  it("go into objects and take everything else as a whole", () => {
    expect(differences({ a: 1, b: { c: [1] }, d: 1 }, { a: 1, b: { c: [1, 2] }, e: null })).toEqual([
      { path: "b.c", kind: "changed", before: [1], after: [1, 2] },
      { path: "d", kind: "removed", before: 1 },
      { path: "e", kind: "added", after: null },
    ]);
    expect(differences(null, { a: 1 }, "rule")).toEqual([{ path: "rule", kind: "changed", before: null, after: { a: 1 } }]);
    expect([shown(null), shown("a"), shown(0), shown(["a"])]).toEqual(["nothing", "a", "0", '["a"]']);
  });
});
