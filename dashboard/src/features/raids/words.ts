import type { Schemas } from "@/client";
import type { Tone } from "@/components/ui/badge";

export type Raid = Schemas["RaidOut"];
export type RaidDetail = Schemas["RaidDetail"];
export type RaidAction = Raid["action"];

export const LEVELS: Record<Raid["level"], { label: string; tone: Tone; told: string }> = {
  off: { label: "Off", tone: "neutral", told: "Nobody watches for raids." },
  watch: { label: "Watching", tone: "info", told: "In a raid the bot tells the staff, and does nothing else." },
  on: { label: "On", tone: "success", told: "In a raid the bot tells the staff and acts on those who raid." },
  lockdown: { label: "Lockdown", tone: "warning", told: "In a raid the bot acts, and locks the server until it is over." },
};

export const CAUSES: Record<Raid["causes"][number], string> = {
  joins: "Many joined at once",
  new: "Nearly all accounts were new",
  names: "Their names were alike",
  avatars: "They showed the same picture",
  births: "Their accounts were made at the same time",
  messages: "Newcomers wrote too much at once",
};

export const ACTIONS: Record<RaidAction, { label: string; done: string }> = {
  none: { label: "Let all go", done: "Nothing" },
  timeout: { label: "Time out", done: "Timed out" },
  quarantine: { label: "Quarantine", done: "In quarantine" },
  kick: { label: "Kick", done: "Kicked" },
  ban: { label: "Ban", done: "Banned" },
};

export const RAIDER_STATES: Record<Schemas["RaiderOut"]["state"], { label: string; tone: Tone }> = {
  held: { label: "Written down", tone: "neutral" },
  due: { label: "Under way", tone: "info" },
  done: { label: "Done", tone: "success" },
  failed: { label: "Failed", tone: "danger" },
  freeing: { label: "Being released", tone: "info" },
  released: { label: "Released", tone: "neutral" },
};
