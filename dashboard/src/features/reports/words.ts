import type { Schemas } from "@/client";
import type { Tone } from "@/components/ui/badge";

export type Report = Schemas["ReportOut"];
export type Outcome = NonNullable<Report["outcome"]>;

export const KINDS: Record<Report["kind"], string> = { message: "Message", member: "Member", appeal: "Appeal" };

export const STATES: Record<Report["state"], { label: string; tone: Tone }> = {
  open: { label: "Open", tone: "info" },
  claimed: { label: "Looked into", tone: "warning" },
  closed: { label: "Closed", tone: "neutral" },
};

export const OUTCOMES: Record<Outcome, { label: string; tone: Tone }> = {
  dismissed: { label: "Dismissed", tone: "neutral" },
  warned: { label: "Warned", tone: "warning" },
  timed_out: { label: "Timed out", tone: "warning" },
  banned: { label: "Banned", tone: "danger" },
  accepted: { label: "Accepted", tone: "success" },
  rejected: { label: "Rejected", tone: "danger" },
};

/** What one can decide, by what it is; the words on the button, and what the text is for. */
export const DECISIONS: Record<"report" | "appeal", { outcome: Outcome; label: string; asks: string; isNeeded: boolean; takesDuration?: boolean; isDestructive?: boolean }[]> = {
  report: [
    { outcome: "dismissed", label: "Dismiss", asks: "Note, which whoever reported reads", isNeeded: false },
    { outcome: "warned", label: "Warn", asks: "Reason, which the member reads", isNeeded: true },
    { outcome: "timed_out", label: "Time out", asks: "Reason, which the member reads", isNeeded: true, takesDuration: true },
    { outcome: "banned", label: "Ban", asks: "Reason, which the member reads", isNeeded: true, takesDuration: true, isDestructive: true },
  ],
  appeal: [
    { outcome: "accepted", label: "Accept", asks: "Note, which they read", isNeeded: false },
    { outcome: "rejected", label: "Reject", asks: "Note, which they read", isNeeded: false, isDestructive: true },
  ],
};

export const HAPPENINGS: Record<Schemas["HappeningOut"]["happening"], string> = {
  filed: "wrote",
  joined: "reported the same",
  claimed: "looks into it",
  released: "gave it back",
  asked: "asked",
  answered: "answered",
  unreached: "could not be reached",
  closed: "closed it",
};
