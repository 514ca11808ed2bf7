import { LIVE, PRIORITIES, STATES, type TicketPriority, type TicketState } from "./words";

/** Which tickets are wanted; it stands in the address, so that a list can be shared and kept. */
export type Filters = {
  state?: TicketState | "live";
  priority?: TicketPriority;
  category?: string;
  opener?: string;
  assignee?: string;
  text?: string;
};

const ID = /^\d{15,20}$/;
const NUMBER = /^[1-9]\d{0,8}$/;
const one = <Value extends string>(value: string | null, known: Record<Value, unknown>) =>
  value !== null && Object.hasOwn(known, value) ? (value as Value) : undefined;
const fitting = (value: string | null, pattern: RegExp) => (value !== null && pattern.test(value) ? value : undefined);

/** What of an address can be understood; anybody may have typed it. */
export const readFilters = (address: URLSearchParams): Filters => ({
  state: one(address.get("state"), { ...STATES, live: true }),
  priority: one(address.get("priority"), PRIORITIES),
  category: fitting(address.get("category"), NUMBER),
  opener: fitting(address.get("opener"), ID),
  assignee: fitting(address.get("assignee"), ID),
  text: address.get("text")?.replaceAll("\u0000", "").slice(0, 100) || undefined,
});

/** The same as the query of an address, without what is not filtered by. */
export function writeFilters(filters: Filters): string {
  const entries = Object.entries(filters).filter((entry): entry is [string, string] => !!entry[1]);
  return new URLSearchParams(entries).toString();
}

/** The parameters of the API. */
export const asQuery = ({ state, priority, category, opener, assignee, text }: Filters) => ({
  ...(state && { state: state === "live" ? [...LIVE] : [state] }),
  ...(priority && { priority }),
  ...(category && { category: Number(category) }),
  ...(opener && { opener_id: opener }),
  ...(assignee && { assignee_id: assignee }),
  ...(text && { text }),
});
