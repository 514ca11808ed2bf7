import type { Schemas } from "@/client";
import { featureTitle } from "@/lib/titles";
import { PHRASES } from "./phrases";

export type Entry = Schemas["AuditOut"];
type Details = Record<string, unknown>;

const CONFIGURATION: Record<string, string> = {
  set: "changed the settings of",
  setup: "set up",
  repair: "repaired the settings of",
  reset: "reset the settings of",
  rollback: "took back settings of",
  import: "imported the settings of",
};

const spaced = (text: string) => text.replaceAll("_", " ");
const text = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) : "");

/** The part of the bot that an action belongs to: "Moderation". */
export const areaOf = (action: string) => featureTitle(action.split(".")[0] ?? action);

/** What was done, between who did it and to whom: "changed the settings of Tickets". */
export function phrase(action: string, details: Details = {}): string {
  const [area = "", verb = ""] = action.split(".");
  const known = PHRASES[action];
  if (known) return known;
  if (area === "configuration") {
    const feature = text(details.feature);
    return `${CONFIGURATION[verb] ?? `${spaced(verb)}:`} ${feature ? featureTitle(feature) : "a module"}`;
  }
  return `${spaced(verb)} (${featureTitle(area)})`;
}

/** Whom it was done to, unless people did it to themselves or it was nobody in particular. */
export const targetOf = ({ actor_id, target_id }: Entry) => (target_id === actor_id ? null : target_id);

/** The phrase of an entry, which ends as a sentence where no target follows it: "opened a ticket". */
export function deed(entry: Entry): string {
  const told = phrase(entry.action, entry.details);
  return targetOf(entry) ? told : told.replace(/ (of|for|about|in)$/, "");
}

/** The name that is stored for whoever did it. */
export const actorName = ({ actor_name }: Entry) => (actor_name === "system" ? "The bot" : actor_name || undefined);

/** A short word on what it was about, if the details tell: the case, rule, ticket or name. */
export function about(entry: Entry): string {
  const { details } = entry;
  const named = text(details.name);
  if (named) return named;
  for (const key of ["case", "note", "rule", "ticket", "category", "panel", "report", "grant"] as const)
    if (text(details[key])) return `${key} #${text(details[key])}`;
  const keys = details.settings;
  return Array.isArray(keys) ? keys.filter((key) => typeof key === "string").map(spaced).join(", ") : "";
}
