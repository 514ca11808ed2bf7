"use client";

import { $api } from "@/client";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";

export function useCategories() {
  const guild_id = useGuildId();
  return $api.useQuery("get", "/api/v1/guilds/{guild_id}/ticket-categories", { params: { path: { guild_id } } });
}

/** Has everything that shows tickets read again. */
export const useTicketChanged = () =>
  useRefresh(
    "/api/v1/guilds/{guild_id}/tickets",
    "/api/v1/guilds/{guild_id}/tickets/{number}",
    "/api/v1/guilds/{guild_id}/tickets/{number}/events",
    "/api/v1/guilds/{guild_id}/tickets/metrics",
  );
