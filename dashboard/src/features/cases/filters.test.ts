import { expect, test } from "vitest";
import { asQuery, exportAddress, readFilters, writeFilters } from "./filters";

test("filters survive the address", () => {
  const filters = { target: "1128754567890123457", type: "ban", words: "a & b", shows: "hidden" } as const;
  expect(readFilters(new URLSearchParams(writeFilters(filters)))).toEqual(expect.objectContaining(filters));
});

test("what an address says and nobody understands is left out", () => {
  const read = readFilters(new URLSearchParams("type=<script>&target=1&since=soon&state=toString&shows=all"));
  expect(Object.values(read).filter(Boolean)).toEqual([]);
});

test("the last day counts as a whole", () => {
  const { since, until } = asQuery({ since: "2026-03-01", until: "2026-03-01" });
  expect(new Date(until!).getTime() - new Date(since!).getTime()).toBe(86_400_000);
});

test("an export asks for what the list shows", () => {
  expect(exportAddress("1", { type: "ban", shows: "struck" }, "json")).toBe(
    "/api/v1/guilds/1/cases/export?type=ban&struck=true&format=json",
  );
});
