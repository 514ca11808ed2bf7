import { expect, it } from "vitest";
import { asQuery, readFilters, writeFilters, type Filters } from "./filters";

const FULL: Filters = { state: "closed", priority: "high", category: "3", opener: "112875456789012345", assignee: "112875456789012346", text: "refund" };

it("keeps what is filtered by in the address", () => {
  expect(readFilters(new URLSearchParams(writeFilters(FULL)))).toEqual(FULL);
  expect(asQuery(FULL)).toEqual({
    state: ["closed"],
    priority: "high",
    category: 3,
    opener_id: FULL.opener,
    assignee_id: FULL.assignee,
    text: "refund",
  });
  expect(asQuery({ state: "live" }).state).not.toContain("closed");
});

it.each(["state=__proto__", "state=toString", "priority=9", "category=0", "category=1e9", "opener=<script>", "assignee=-1", "tab=list"])(
  "leaves out what nobody can filter by: %s",
  (address) => expect(writeFilters(readFilters(new URLSearchParams(address)))).toBe(""),
);

it("cuts words that are too long for the API, and what no database takes", () => {
  expect(readFilters(new URLSearchParams({ text: "\u0000a".repeat(200) })).text).toHaveLength(100);
});
