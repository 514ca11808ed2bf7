"use client";

import { $api } from "@/client";
import { useGuildId } from "./use-guild-id";

/** The server as the bot sees it now: its name, channels and roles. */
export function useLiveGuild() {
  const guild_id = useGuildId();
  return $api.useQuery("get", "/api/v1/guilds/{guild_id}/live", { params: { path: { guild_id } } }, { enabled: !!guild_id });
}
