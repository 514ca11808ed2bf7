"use client";

import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { followChanges, isShownBy } from "@/lib/live-updates";

/** Ask anew for what the page shows of the server whenever something of it changed; used once, by the shell. */
export function useLive(guildId: string | undefined) {
  const queries = useQueryClient();
  useEffect(() => {
    if (!guildId || guildId === "_") return;
    return followChanges(guildId, (features) => {
      void queries.invalidateQueries({ predicate: ({ queryKey }) => shows(queryKey, guildId, features) });
    });
  }, [guildId, queries]);
}

function shows(key: QueryKey, guildId: string, features: string[]): boolean {
  const [, path, options] = key as [string, string, { params?: { path?: { guild_id?: string } } } | undefined];
  return typeof path === "string" && options?.params?.path?.guild_id === guildId && isShownBy(path, features);
}
