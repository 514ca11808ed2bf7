import type { Schemas } from "@/client";
import type { paths } from "@/client/schema";
import { newPart, type JsonSchema, type Part } from "./schema";

export type Rule = Schemas["AutomodRuleOut"];
export type RuleBody = paths["/api/v1/guilds/{guild_id}/automod/rules"]["post"]["requestBody"]["content"]["application/json"];

/** A rule while it is written: its parts are what the schema says, which only the server knows. */
export type Draft = {
  name: string;
  priority: number;
  is_active: boolean;
  is_dry_run: boolean;
  is_native: boolean;
  document: {
    version: 1;
    trigger: Part;
    conditions: Part[];
    effects: Part[];
    exempt_roles: string[];
    exempt_channels: string[];
    exempt_permissions: string;
    stop: boolean;
  };
};

export const MANAGE_MESSAGES = "8192";

export const draftOf = (rule: Rule): Draft => ({
  name: rule.name,
  priority: rule.priority,
  is_active: rule.is_active,
  is_dry_run: rule.is_dry_run,
  is_native: rule.is_native,
  document: rule.document as unknown as Draft["document"],
});

export const newDraft = (root: JsonSchema): Draft => ({
  name: "",
  priority: 100,
  is_active: true,
  is_dry_run: true,
  is_native: false,
  document: {
    version: 1,
    trigger: newPart(root, "trigger", "words"),
    conditions: [],
    effects: [newPart(root, "effects", "delete")],
    exempt_roles: [],
    exempt_channels: [],
    exempt_permissions: MANAGE_MESSAGES,
    stop: false,
  },
});

const withoutGaps = (part: Part): Part =>
  Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, Array.isArray(value) ? value.filter((it) => String(it).trim() !== "") : value]),
  ) as Part;

/** The rule as the server takes it: without the empty lines that one leaves while typing. */
export const bodyOf = (draft: Draft): RuleBody =>
  ({
    ...draft,
    document: {
      ...draft.document,
      trigger: withoutGaps(draft.document.trigger),
      conditions: draft.document.conditions.map(withoutGaps),
      effects: draft.document.effects.map(withoutGaps),
    },
  }) as unknown as RuleBody;
