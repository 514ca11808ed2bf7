"use client";

import { useQueryClient } from "@tanstack/react-query";
import { $api } from "@/client";
import { useGuildId } from "@/hooks/use-guild-id";

const LIST = "/api/v1/guilds/{guild_id}/authorized-users";

export function useAccess() {
  const guild_id = useGuildId();
  return $api.useQuery("get", LIST, { params: { path: { guild_id } } });
}

export function useOwnAccess() {
  const guild_id = useGuildId();
  return $api.useQuery("get", `${LIST}/me`, { params: { path: { guild_id } } });
}

export function useAccessHistory() {
  const guild_id = useGuildId();
  return $api.useInfiniteQuery(
    "get",
    `${LIST}/history`,
    { params: { path: { guild_id }, query: { limit: 25 } } },
    { pageParamName: "after", initialPageParam: null, getNextPageParam: (page) => page.next_after },
  );
}

/** Asks anew for all that a change of access shows in. */
export function useAccessChanged() {
  const queries = useQueryClient();
  return () =>
    Promise.all([LIST, `${LIST}/me`, `${LIST}/history`, "/api/v1/guilds"].map((path) => queries.invalidateQueries({ queryKey: ["get", path] })));
}
