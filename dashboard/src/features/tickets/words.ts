import type { Schemas } from "@/client";
import type { Tone } from "@/components/ui/badge";

export type Ticket = Schemas["TicketOut"];
export type TicketFull = Schemas["TicketFull"];
export type TicketState = Ticket["state"];
export type TicketPriority = Ticket["priority"];

export const STATES: Record<TicketState, { label: string; tone: Tone }> = {
  opening: { label: "Being opened", tone: "neutral" },
  open: { label: "Open", tone: "info" },
  claimed: { label: "Claimed", tone: "info" },
  waiting_for_staff: { label: "Waits for staff", tone: "warning" },
  waiting_for_user: { label: "Waits for the person", tone: "neutral" },
  closed: { label: "Closed", tone: "success" },
  deleted: { label: "Deleted", tone: "neutral" },
  failed: { label: "Failed", tone: "danger" },
};

export const PRIORITIES: Record<TicketPriority, { label: string; tone: Tone }> = {
  urgent: { label: "Urgent", tone: "danger" },
  high: { label: "High", tone: "warning" },
  normal: { label: "Normal", tone: "neutral" },
  low: { label: "Low", tone: "neutral" },
};

export const LIVE: readonly TicketState[] = ["opening", "open", "claimed", "waiting_for_staff", "waiting_for_user"];

/** Whether the reader answers the ticket or is an admin. */
export const isTeam = (ticket: TicketFull) => ticket.parts.some((part) => ["staff", "admin", "system"].includes(part));

export const isLive = (state: TicketState) => LIVE.includes(state);

const HAPPENED: Record<string, string> = {
  opened: "opened the ticket",
  placed: "made its channel",
  failed: "could not make its channel",
  claimed: "took the ticket",
  unclaimed: "gave the ticket back to the staff",
  assigned: "gave the ticket to somebody",
  staff_wrote: "The staff wrote",
  user_wrote: "The person wrote",
  close_asked: "asked whether it can be closed",
  close_refused: "kept it open",
  closed: "closed the ticket",
  place_lost: "Its channel was deleted by hand",
  reopened: "reopened the ticket",
  deleted: "deleted the channel",
  renamed: "renamed the channel",
  added: "added somebody",
  removed: "took somebody out",
  priority: "changed the priority",
  tagged: "put a tag on it",
  untagged: "took a tag off",
  moved: "moved it to another category",
  rated: "rated the help",
  sla_near: "It was nearly late",
  sla_broken: "It was late",
  idle_warned: "warned that it will be closed",
  transcript_made: "made the transcript",
  replied: "used a kept answer",
  noted: "wrote a note",
};

/** What happened, in words; a newer bot may know more than this page. */
export const happened = (happening: string) => HAPPENED[happening] ?? happening.replaceAll("_", " ");

/** The choices of a `Select` with one for "any" before them. */
export const choices = (words: Record<string, { label: string }>, any: string) => [
  { value: "all", label: any },
  ...Object.entries(words).map(([value, { label }]) => ({ value, label })),
];
