import type { RightName } from "@/hooks/use-rights";

type Words = { label: string; means: string; includes: RightName[] };

/** What each right is called and means; the greatest first. */
export const RIGHTS: Record<RightName, Words> = {
  owner: {
    label: "Owner",
    means: "Everything here, also importing a server's rights and making API keys.",
    includes: ["manage_access", "moderate", "view_audit"],
  },
  manage_access: {
    label: "Manage access",
    means: "Give others access and take it back, as far as they hold it themselves.",
    includes: ["edit_settings"],
  },
  edit_settings: {
    label: "Edit settings",
    means: "Switch modules, change their settings, command permissions and the block-list.",
    includes: ["view_settings"],
  },
  view_settings: { label: "View settings", means: "See how everything is set, and who has access.", includes: [] },
  moderate: { label: "Moderate", means: "Act on members, edit cases, decide reports and appeals.", includes: ["view_cases"] },
  view_cases: { label: "View cases", means: "Read cases, reports and ticket transcripts.", includes: [] },
  view_audit: { label: "View the audit log", means: "Read who changed what, and export it.", includes: [] },
};

export const RIGHT_NAMES = Object.keys(RIGHTS) as RightName[];

/** Rights that only people can hold: what a role's members gave would outlast their role. */
export const FOR_PEOPLE: readonly RightName[] = ["owner", "manage_access"];

/** The rights with all that they include. */
export function closure(rights: readonly RightName[]): Set<RightName> {
  const found = new Set(rights);
  for (const right of found) for (const included of RIGHTS[right].includes) found.add(included);
  return found;
}

/** The rights that no other of these includes, the greatest first. */
export function heads(rights: readonly RightName[]): RightName[] {
  const included = new Set(rights.flatMap((right) => [...closure(RIGHTS[right].includes)]));
  return RIGHT_NAMES.filter((right) => rights.includes(right) && !included.has(right));
}
