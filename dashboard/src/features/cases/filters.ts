import { SOURCES, STATES, TYPES, type CaseSource, type CaseState, type CaseType } from "./words";

/** Which cases are wanted; it stands in the address, so that a list can be shared and kept. */
export type Filters = {
  target?: string;
  moderator?: string;
  type?: CaseType;
  state?: CaseState;
  source?: CaseSource;
  words?: string;
  since?: string;
  until?: string;
  shows?: "struck" | "hidden";
};

const ID = /^\d{17,20}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const one = <Value extends string>(value: string | null, known: Record<Value, unknown>) =>
  value !== null && Object.hasOwn(known, value) ? (value as Value) : undefined;
const fitting = (value: string | null, pattern: RegExp) => (value !== null && pattern.test(value) ? value : undefined);
const SHOWS = { struck: true, hidden: true } as const;

/** What of an address can be understood; anybody may have typed it. */
export const readFilters = (address: URLSearchParams): Filters => ({
  target: fitting(address.get("target"), ID),
  moderator: fitting(address.get("moderator"), ID),
  type: one(address.get("type"), TYPES),
  state: one(address.get("state"), STATES),
  source: one(address.get("source"), SOURCES),
  words: address.get("words")?.slice(0, 100) || undefined,
  since: fitting(address.get("since"), DAY),
  until: fitting(address.get("until"), DAY),
  shows: one(address.get("shows"), SHOWS),
});

/** The same as the query of an address, without what is not filtered by. */
export function writeFilters(filters: Filters): string {
  const entries = Object.entries(filters).filter((entry): entry is [string, string] => !!entry[1]);
  return new URLSearchParams(entries).toString();
}

const nextDay = (day: string) => new Date(new Date(`${day}T00:00:00`).getTime() + 86_400_000).toISOString();

/** The parameters of the API; days are those of the reader's time zone, and the last one counts as a whole. */
export const asQuery = ({ shows, since, until, ...same }: Filters) => ({
  ...same,
  ...(since && { since: new Date(`${since}T00:00:00`).toISOString() }),
  ...(until && { until: nextDay(until) }),
  ...(shows === "struck" && { struck: true }),
  ...(shows === "hidden" && { hidden: true }),
});

/** The address that sends the same cases as a file. */
export function exportAddress(guildId: string, filters: Filters, format: "csv" | "json"): string {
  const query = Object.entries({ ...asQuery(filters), format }).map(([name, value]): [string, string] => [name, String(value)]);
  return `/api/v1/guilds/${guildId}/cases/export?${new URLSearchParams(query)}`;
}
