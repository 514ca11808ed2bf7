import type { Schemas } from "@/client";

export type Rule = Schemas["RuleOut"];
export type Subject = Rule["subject"];
export type Scope = Rule["scope"];
export type Verdict = Rule["access"];

export const VERDICTS: Record<Verdict, { label: string; tone: "success" | "danger" | "neutral"; means: string }> = {
  allow: { label: "Allow", tone: "success", means: "They may, even without the permission on Discord (people and roles)." },
  deny: { label: "Deny", tone: "danger", means: "They are told that they may not." },
  ignore: { label: "Ignore", tone: "neutral", means: "Nothing happens, and text commands get no answer." },
};

export const SUBJECTS: Record<Subject, string> = {
  member: "A person",
  role: "A role",
  channel: "A channel",
  category: "A category",
  guild: "Everybody",
};

export const SCOPES: Record<Scope, string> = { command: "One command", module: "A module", everything: "Everything" };

/** What a rule is about, in words. */
export function targetText(scope: string, target: string): string {
  if (scope === "everything") return "all commands";
  return scope === "module" ? `all of ${target}` : `/${target}`;
}

export const hasRunOut = (rule: { expires_at: string | null }, now: number = Date.now()) =>
  rule.expires_at !== null && new Date(rule.expires_at).getTime() <= now;
