import type { Schemas } from "@/client";
import type { Tone } from "@/components/ui/badge";
import type { Option } from "@/components/ui/select";

export type Case = Schemas["CaseOut"];
export type CaseFile = Schemas["CaseFileOut"];
export type CaseType = Case["type"];
export type CaseState = Case["state"];
export type CaseSource = Case["source"];

export const TYPES: Record<CaseType, string> = {
  warn: "Warning",
  timeout: "Timeout",
  untimeout: "Timeout lifted",
  mute: "Mute",
  unmute: "Mute lifted",
  jail: "Jail",
  unjail: "Released from jail",
  kick: "Kick",
  ban: "Ban",
  tempban: "Temporary ban",
  softban: "Softban",
  hackban: "Ban of a stranger",
  unban: "Unban",
  voice_mute: "Voice mute",
  voice_unmute: "Voice mute lifted",
  deafen: "Deafened",
  undeafen: "Undeafened",
  voice_kick: "Taken out of voice",
  nickname: "Nickname",
  custom: "Own type",
};

const TONES: Partial<Record<CaseType, Tone>> = {
  warn: "warning",
  timeout: "warning",
  mute: "warning",
  jail: "warning",
  kick: "danger",
  ban: "danger",
  tempban: "danger",
  softban: "danger",
  hackban: "danger",
  unban: "success",
  untimeout: "success",
  unmute: "success",
  unjail: "success",
};

export const toneOf = (type: CaseType): Tone => TONES[type] ?? "neutral";

export const STATES: Record<CaseState, { label: string; tone: Tone; told: string }> = {
  open: { label: "Under way", tone: "info", told: "It is written down, and the bot is about to do it." },
  confirmed: { label: "Done", tone: "success", told: "It was done on Discord." },
  failed: { label: "Failed", tone: "danger", told: "Discord refused it." },
  expired: { label: "Over", tone: "neutral", told: "It was done, and its time is over." },
  void: { label: "Void", tone: "neutral", told: "It was never done: a later case came first, or it was taken back." },
};

export const SOURCES: Record<CaseSource, string> = {
  command: "Command",
  api: "Dashboard or program",
  discord: "By hand in Discord",
  automod: "AutoMod",
  raid: "Raid protection",
  ladder: "Warnings added up",
  report: "Report",
  appeal: "Appeal",
};

export const NOTICES: Record<Case["notice"], string> = {
  pending: "They are being told.",
  delivered: "They were told by direct message.",
  refused: "They take no direct messages.",
  failed: "They could not be told.",
  none: "They were not told.",
};

export const FIELDS: Record<string, string> = {
  reason: "Reason",
  expires_at: "End",
  details: "Details",
  is_hidden: "Hidden",
  deleted_at: "Struck",
};

/** What a case is called: a server's own type goes by its own name. */
export const nameOf = (it: Pick<Case, "type" | "custom_type">) => it.custom_type ?? TYPES[it.type];

/** Choices of a record of labels, with one for all of them. */
export const options = <Key extends string>(labels: Record<Key, string>, all: string): Option[] => [
  { value: "all", label: all },
  ...Object.entries<string>(labels).map(([value, label]) => ({ value, label })),
];

const LASTING: ReadonlySet<CaseType> = new Set(["timeout", "mute", "jail", "tempban", "ban", "hackban", "voice_mute", "deafen", "custom"]);

/** Whether the case still does something that may end at another time. */
export const isInForce = (it: Case) => LASTING.has(it.type) && (it.state === "confirmed" || it.state === "open") && !it.ended_at;
