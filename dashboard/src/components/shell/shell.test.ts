import { expect, test } from "vitest";
import { safeNext } from "@/features/servers/sign-in";
import { guildMenu } from "@/lib/navigation";
import { crumbs } from "./breadcrumb";
import { currentOf } from "./sidebar";

const icon = (() => null) as never;
const entry = (href: string) => ({ href, label: href, icon });

test("of several entries that fit the address the longest is the present one", () => {
  const entries = [entry("/g/1"), entry("/g/1/cases"), entry("/operator"), entry("/operator/shards")];
  expect(currentOf(entries, "/g/1/cases/12")).toBe("/g/1/cases");
  expect(currentOf(entries, "/g/1")).toBe("/g/1");
  expect(currentOf(entries, "/g/1/unknown")).toBeUndefined();
  expect(currentOf(entries, "/operator/shards")).toBe("/operator/shards");
});

test("the breadcrumb names the server, the area and what is open", () => {
  const labels = (path: string) => crumbs(path, () => "Home").map((crumb) => crumb.label);
  expect(labels("/g/1/settings/guilds/history")).toEqual(["Home", "Settings", "General", "History"]);
  expect(labels("/g/1/cases/12")).toEqual(["Home", "Cases", "#12"]);
  expect(labels("/me/sessions")).toEqual(["My sessions"]);
});

test("the menu offers only what the person may see and the bot has", () => {
  const rights = (...held: string[]) => ({ has: (right: string) => held.includes(right), hasAny: held.length > 0, isLoading: false });
  const paths = (held: string[], features: string[]) =>
    guildMenu("1", rights(...held) as never, new Set(features)).flatMap((group) => group.entries.map((one) => one.href));
  expect(paths([], ["moderation"])).toEqual([]);
  expect(paths(["view_cases"], ["moderation"])).toEqual(["/g/1", "/g/1/cases", "/g/1/access"]);
  expect(paths(["view_settings", "view_audit"], [])).toEqual(["/g/1", "/g/1/modules", "/g/1/audit", "/g/1/access", "/g/1/permissions"]);
});

test("after signing in nobody is led to another site", () => {
  expect(safeNext("/g/1/cases?type=warn")).toBe("/g/1/cases?type=warn");
  for (const bad of [
    null, "", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\\b",
    "/\t/evil.example", "/\n/evil.example", "/\r\n//evil.example", "\t//evil.example", "/ok\n", "/é",
  ]) expect(safeNext(bad)).toBe("/servers");
});
