import { titled } from "@/lib/titles";
import type { JsonSchema } from "./schema";

/** `isTable` is a group of like settings, one a number, such as a role for each level. */
export type Group = { title: string; properties: [string, JsonSchema][]; isTable: boolean };

const FEWEST = 3;

/** Long forms in parts: settings whose names begin alike, such as `gate_role` and `gate_mode`, stand together. */
export function grouped(properties: Record<string, JsonSchema>): Group[] {
  const all = Object.entries(properties);
  const begin = (key: string) => (key.includes("_") ? key.slice(0, key.indexOf("_")) : "");
  const count = new Map<string, number>();
  for (const [key] of all) count.set(begin(key), (count.get(begin(key)) ?? 0) + 1);
  const isGroup = (name: string) => name !== "" && name !== "is" && name !== "has" && (count.get(name) ?? 0) >= FEWEST;
  const groups = new Map<string, Group>([["", { title: "General", properties: [], isTable: false }]]);
  for (const entry of all) {
    const name = isGroup(begin(entry[0])) ? begin(entry[0]) : "";
    const group = groups.get(name) ?? { title: titled(name), properties: [], isTable: false };
    group.properties.push(entry);
    groups.set(name, group);
  }
  const found = [...groups.values()].filter((group) => group.properties.length > 0);
  return found.map((group) => {
    const stems = new Set(group.properties.map(([key]) => key.replace(/\d+/, "#")));
    const isTable = group.properties.length >= FEWEST && stems.size === 1 && [...stems].join().includes("#");
    return isTable ? { ...group, title: manyOf([...stems].join()), isTable } : group;
  });
}

/** `level_#_role` is "Level roles". */
const manyOf = (stem: string) => `${titled(stem.replace("#", ""))}s`;
