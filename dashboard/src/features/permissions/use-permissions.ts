"use client";

import { useQueryClient } from "@tanstack/react-query";
import { $api } from "@/client";
import { useGuildId } from "@/hooks/use-guild-id";

const RULES = "/api/v1/guilds/{guild_id}/permissions";

export function useRules() {
  const guild_id = useGuildId();
  return $api.useInfiniteQuery(
    "get",
    RULES,
    { params: { path: { guild_id }, query: { limit: 100 } } },
    { pageParamName: "after", initialPageParam: null, getNextPageParam: (page) => page.next_after },
  );
}

export function useChecks(member: string | null) {
  const guild_id = useGuildId();
  return $api.useInfiniteQuery(
    "get",
    `${RULES}/checks`,
    { params: { path: { guild_id }, query: { limit: 50, ...(member && { member }) } } },
    { pageParamName: "after", initialPageParam: null, getNextPageParam: (page) => page.next_after },
  );
}

/** The modules and commands that rules can name. */
export function useTargets() {
  const guild_id = useGuildId();
  const modules = $api.useQuery("get", "/api/v1/guilds/{guild_id}/modules", { params: { path: { guild_id } } }, { staleTime: 300_000 });
  const all = modules.data?.modules ?? [];
  return {
    modules: all.map((module) => ({ id: module.name, name: module.name, hint: module.summary })),
    commands: all.flatMap((module) => module.commands.map((command) => ({ id: command.name, name: `/${command.name}`, group: module.name }))),
    isUnknown: modules.data?.has_commands === false,
  };
}

export function useRulesChanged() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ["get", RULES] });
}
