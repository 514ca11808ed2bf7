import { lasting } from "@/lib/time";
import type { Part } from "./schema";

/** What each part of a rule is called in a menu. */
export const TITLES: Record<string, string> = {
  words: "Words",
  regex: "Patterns (RE2)",
  links: "Links",
  invites: "Invites to other servers",
  mentions: "Many mentions",
  spam: "Many messages at once",
  duplicates: "The same message again",
  caps: "Capitals",
  emoji: "Many emojis",
  attachments: "Files",
  new_account: "New accounts",
  new_member: "New members",
  phishing: "Links that steal accounts",
  lines: "Many lines",
  zalgo: "Zalgo letters",
  channels: "In these channels",
  roles: "Has one of these roles",
  member_age: "Joined recently",
  account_age: "Account is young",
  hours: "At these hours",
  attachment: "Has a file",
  edit: "Was edited",
  delete: "Delete the message",
  warn: "Warn",
  timeout: "Time out",
  mute: "Mute",
  jail: "Jail",
  kick: "Kick",
  ban: "Ban",
  points: "Points",
  reply: "Reply in the channel",
  dm: "Direct message",
  alert: "Alert the moderators",
  add_role: "Give a role",
  remove_role: "Take a role",
  slowmode: "Slow the channel down",
};

/** What a field is called, by its part and name, or by its name alone. */
const FIELDS: Record<string, string> = {
  words: "Words, one a line",
  list: "And those of the list",
  whole: "Whole words only",
  lookalikes: "Also with lookalike letters (b4d, b@d)",
  allowed: "Let these through, one a line",
  patterns: "Patterns, one a line",
  mode: "Which links",
  domains: "Domains, one a line",
  own_allowed: "Invites to this server are welcome",
  "invites.allowed": "Codes of invites that are welcome, one a line",
  "mentions.most": "More mentions than",
  everyone: "Also @everyone and @here",
  messages: "Messages",
  seconds: "Within seconds",
  "slowmode.seconds": "Seconds between messages",
  percent: "Percent of capitals",
  letters: "From how many letters on",
  most: "More than",
  types: "Endings of file names, one a line",
  age: "Younger than",
  ids: "Which",
  below: "Less than",
  begin: "From",
  end: "To",
  zone: "Time zone",
  above: "More points than",
  duration: "For how long",
  delete_seconds: "Also delete their messages of so many seconds",
  amount: "How many points",
  text: "Text",
  channel: "In which channel",
  role: "Role",
};

const HINTS: Record<string, string> = {
  "links.domains": "None at all stands for every link.",
  "attachments.most": "Empty: the number does not matter.",
  "alert.channel": "Empty: the channel of AutoMod's settings.",
  "mute.duration": "Empty: for good.",
  "jail.duration": "Empty: for good.",
  "ban.duration": "Empty: for good.",
};

const humanised = (name: string) => name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());
export const titleOf = (type: string) => TITLES[type] ?? humanised(type);
export const labelOf = (type: string, field: string) => FIELDS[`${type}.${field}`] ?? FIELDS[field] ?? humanised(field);
export const hintOf = (type: string, field: string, isDuration: boolean) =>
  HINTS[`${type}.${field}`] ?? (isDuration ? "Such as 10m, 12h or 7d." : undefined);

export const CHOICES: Record<string, Record<string, string>> = {
  mode: { block: "Those to these domains", allow: "All but those to these domains" },
};

const several = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;
const sizeOf = (value: unknown) => (Array.isArray(value) ? value.length : 0);
const listed = (part: Part, one: string, many: string, field: string) => {
  const parts = [sizeOf(part[field]) > 0 && several(sizeOf(part[field]), one, many), part.list && `the list “${String(part.list)}”`];
  return parts.filter(Boolean).join(" and ");
};

const SENTENCES: Record<string, (part: Part) => string> = {
  words: (part) => {
    const [only, ...others] = Array.isArray(part.words) ? part.words.map(String) : [];
    if (only && others.length === 0 && !part.list) return `The word “${only}”`;
    return `One of ${listed(part, "word", "words", "words") || "no words yet"}`;
  },
  regex: (part) => `One of ${listed(part, "pattern", "patterns", "patterns") || "no patterns yet"}`,
  links: (part) => {
    const domains = listed(part, "domain", "domains", "domains");
    if (part.mode === "allow") return `A link to anywhere but ${domains || "nowhere"}`;
    return domains ? `A link to one of ${domains}` : "Any link";
  },
  mentions: (part) => `More than ${several(Number(part.most), "mention", "mentions")}${part.everyone ? ", or @everyone" : ""}`,
  spam: (part) => `${String(part.messages)} messages in ${lasting(Number(part.seconds))}`,
  duplicates: (part) => `The same text ${String(part.messages)} times in ${lasting(Number(part.seconds))}`,
  caps: (part) => `${String(part.percent)} % capitals in ${String(part.letters)} letters or more`,
  emoji: (part) => `More than ${several(Number(part.most), "emoji", "emojis")}`,
  lines: (part) => `More than ${several(Number(part.most), "line", "lines")}`,
  new_account: (part) => `Account younger than ${String(part.age)}`,
  new_member: (part) => `Joined less than ${String(part.age)} ago`,
  timeout: (part) => `Time out for ${String(part.duration)}`,
  mute: (part) => `Mute ${part.duration ? `for ${String(part.duration)}` : "for good"}`,
  jail: (part) => `Jail ${part.duration ? `for ${String(part.duration)}` : "for good"}`,
  ban: (part) => `Ban ${part.duration ? `for ${String(part.duration)}` : "for good"}`,
  slowmode: (part) => `Slow mode of ${lasting(Number(part.seconds))}`,
};

/** A trigger, condition or effect in a few plain words. */
export function told(part: Part): string {
  // Points are given by an effect, and looked at by a condition.
  if (part.type === "points") return "above" in part ? `Has more than ${String(part.above)} points` : several(Number(part.amount), "point", "points");
  const words = SENTENCES[part.type]?.(part) ?? titleOf(part.type);
  return part.negate ? `not: ${words.toLowerCase()}` : words;
}
