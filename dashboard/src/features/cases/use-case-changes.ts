"use client";

import { useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { $api, once } from "@/client";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import type { CaseFile } from "./words";

/** What one can do to a case; each answers when the server has done it, and lists are read again. */
export function useCaseChanges(number: number) {
  const guild_id = useGuildId();
  const queries = useQueryClient();
  const refresh = useRefresh("/api/v1/guilds/{guild_id}/cases", "/api/v1/guilds/{guild_id}/people/{user_id}/record");
  const path = { guild_id, number };
  const done = (told: string) => async (file: CaseFile) => {
    const { queryKey } = $api.queryOptions("get", "/api/v1/guilds/{guild_id}/cases/{number}", { params: { path } });
    queries.setQueryData(queryKey, file);
    toast.success(told);
    await refresh();
  };
  const edit = $api.useMutation("patch", "/api/v1/guilds/{guild_id}/cases/{number}", {
    meta: { isHandled: true },
    onSuccess: done(`Case #${number} is changed.`),
  });
  const hide = $api.useMutation("put", "/api/v1/guilds/{guild_id}/cases/{number}/hidden", {
    onSuccess: (file) => done(file.is_hidden ? "Only senior moderators see it now." : "All moderators see it again.")(file),
  });
  const strike = $api.useMutation("delete", "/api/v1/guilds/{guild_id}/cases/{number}", { onSuccess: done(`Case #${number} is struck.`) });
  const restore = $api.useMutation("post", "/api/v1/guilds/{guild_id}/cases/{number}/restore", {
    onSuccess: done(`Case #${number} counts again.`),
  });
  return {
    edit: {
      ...edit,
      send: (body: { reason?: string; expires_at?: string | null }) =>
        edit.mutateAsync({ params: { path, header: once() }, body }),
    },
    hide: (is_hidden: boolean) => hide.mutateAsync({ params: { path, header: once() }, body: { is_hidden } }),
    strike: (reason: string) => strike.mutateAsync({ params: { path, header: once(), query: { reason } } }),
    restore: () => restore.mutateAsync({ params: { path, header: once() } }),
    isBusy: hide.isPending || restore.isPending,
  };
}
