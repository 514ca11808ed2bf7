"use client";

import { $api } from "@/client";
import { useGuildId } from "./use-guild-id";

/** The features of the bot, with the server's switches; `isEnabled` is false outside of servers. */
export function useModules(isEnabled = true) {
  const guild_id = useGuildId();
  const path = { params: { path: { guild_id } } };
  return $api.useQuery("get", "/api/v1/guilds/{guild_id}/modules", path, { enabled: isEnabled && !!guild_id, staleTime: 60_000 });
}
