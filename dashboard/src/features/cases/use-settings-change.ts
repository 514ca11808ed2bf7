"use client";

import { toast } from "sonner";
import { $api, told, type Problem } from "@/client";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";

const CONFIG = "/api/v1/guilds/{guild_id}/config/{feature}";

/** Changes settings of moderation; if somebody else was quicker, it says so and shows what they set. */
export function useSettingsChange() {
  const guild_id = useGuildId();
  const refresh = useRefresh(CONFIG);
  const change = $api.useMutation("patch", CONFIG, {
    meta: { isHandled: true },
    onSuccess: async () => {
      toast.success("Saved. The bot goes by it at once.");
      await refresh();
    },
    onError: async (error) => {
      toast.error(told(error));
      if ((error as Problem).status === 409) await refresh();
    },
  });
  return {
    isBusy: change.isPending,
    problem: change.error as Problem | null,
    save: (changes: Record<string, unknown>, version: number) =>
      change.mutateAsync({ params: { path: { guild_id, feature: "moderation" } }, body: { changes, version, reason: "" } }),
  };
}
