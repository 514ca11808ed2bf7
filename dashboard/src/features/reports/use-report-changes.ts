"use client";

import { useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { $api, once } from "@/client";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import type { Outcome, Report } from "./words";

const REPORT = "/api/v1/guilds/{guild_id}/reports/{number}";
export const EVENTS = `${REPORT}/events` as const;

/** What the staff does with a report or an appeal. */
export function useReportChanges(number: number) {
  const guild_id = useGuildId();
  const queries = useQueryClient();
  const refresh = useRefresh("/api/v1/guilds/{guild_id}/reports", EVENTS, "/api/v1/guilds/{guild_id}/cases");
  const params = { path: { guild_id, number } };
  const done = (told: string) => async (report: Report) => {
    queries.setQueryData($api.queryOptions("get", REPORT, { params }).queryKey, report);
    toast.success(told);
    await refresh();
  };
  const claim = $api.useMutation("put", `${REPORT}/claim`, { onSuccess: done("You look into it; others see that.") });
  const release = $api.useMutation("delete", `${REPORT}/claim`, { onSuccess: done("It is open for others again.") });
  const ask = $api.useMutation("post", `${REPORT}/ask`, { onSuccess: done("The bot asks by direct message; the answer appears here.") });
  const close = $api.useMutation("post", `${REPORT}/close`, { meta: { isHandled: true }, onSuccess: done(`#${number} is closed.`) });
  return {
    claim: () => claim.mutate({ params }),
    release: () => release.mutate({ params }),
    isClaiming: claim.isPending || release.isPending,
    ask: (question: string) => ask.mutateAsync({ params, headers: once(), body: { question } }),
    isAsking: ask.isPending,
    close,
    decide: (outcome: Outcome, note: string, duration: string | null) => close.mutateAsync({ params, body: { outcome, note, duration } }),
  };
}
