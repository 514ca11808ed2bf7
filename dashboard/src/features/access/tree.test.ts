import { describe, expect, it } from "vitest";
import { FOR_PEOPLE, RIGHT_NAMES, closure, heads } from "./rights";
import { branches, fallsWith, type Grant } from "./tree";

const grant = (number: number, parent: number | null): Grant => ({
  number,
  parent,
  kind: "user",
  id: String(number),
  rights: ["moderate"],
  effective: ["moderate"],
  source: "given",
  given_by: null,
  reason: "",
  expires_at: null,
  created_at: "2026-01-01T00:00:00Z",
  is_away: false,
  can_change: true,
  can_revoke: true,
});

describe("the tree of access", () => {
  it("puts each grant below the one that it hangs on, and tells what falls with it", () => {
    const [first, second] = branches([grant(1, null), grant(2, 1), grant(3, null), grant(4, 2)]);
    expect([first?.grant.number, second?.grant.number]).toEqual([1, 3]);
    expect(first?.below.map((it) => it.grant.number)).toEqual([2]);
    expect(fallsWith(first!).map((it) => it.number)).toEqual([2, 4]);
    expect(fallsWith(second!)).toEqual([]);
  });
});

describe("rights", () => {
  it("include lesser ones, and are told by the greatest", () => {
    expect([...closure(["owner"])].sort()).toEqual([...RIGHT_NAMES].sort());
    expect([...closure(["edit_settings"])]).toEqual(["edit_settings", "view_settings"]);
    expect(heads(["view_settings", "edit_settings", "view_cases"])).toEqual(["edit_settings", "view_cases"]);
    expect(heads(RIGHT_NAMES)).toEqual(["owner"]);
    expect(FOR_PEOPLE).toEqual(["owner", "manage_access"]);
  });
});
