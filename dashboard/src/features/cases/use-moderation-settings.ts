"use client";

import { $api } from "@/client";
import { useGuildId } from "@/hooks/use-guild-id";

export type ModerationSettings = { reason_templates: Record<string, string>; warning_steps: string[]; warning_decay: string | null };

/** What the server set of moderation, with the version that a change must name. */
export function useModerationSettings(isWanted = true) {
  const guild_id = useGuildId();
  return $api.useQuery(
    "get",
    "/api/v1/guilds/{guild_id}/config/{feature}",
    { params: { path: { guild_id, feature: "moderation" } } },
    {
      enabled: isWanted,
      select: ({ values, version }) => ({ values: values as unknown as ModerationSettings, version }),
    },
  );
}
