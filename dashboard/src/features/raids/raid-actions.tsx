"use client";

import { LockIcon, SquareIcon } from "lucide-react";
import { toast } from "sonner";
import { useQueryClient } from "@tanstack/react-query";
import { $api } from "@/client";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { ACTIONS, type RaidAction, type RaidDetail } from "./words";

const RAID = "/api/v1/guilds/{guild_id}/raids/{number}";
const TO_ALL: RaidAction[] = ["timeout", "quarantine", "kick", "ban", "none"];

/** What can be done to all who raid at once, and to the raid itself. */
export function RaidActions({ raid }: { raid: RaidDetail }) {
  const guild_id = useGuildId();
  const queries = useQueryClient();
  const refresh = useRefresh("/api/v1/guilds/{guild_id}/raids", `${RAID}/raiders`, "/api/v1/guilds/{guild_id}/lockdown");
  const params = { path: { guild_id, number: raid.number } };
  const done = (told: string) => ({
    onSuccess: async (changed: RaidDetail) => {
      queries.setQueryData($api.queryOptions("get", RAID, { params }).queryKey, changed);
      toast.success(told);
      await refresh();
    },
  });
  const act = $api.useMutation("post", `${RAID}/action`, done("It is under way, for all of them."));
  const lock = $api.useMutation("post", `${RAID}/lock`, done("The server is being locked."));
  const end = $api.useMutation("post", `${RAID}/end`, done("The raid is over. Invites and channels become as before."));
  const total = Object.values(raid.counts).reduce((sum, count) => sum + (count ?? 0), 0);
  return (
    <div className="flex flex-wrap gap-2">
      {TO_ALL.map((action) => (
        <Confirm
          key={action}
          trigger={
            <Button size="sm" variant={action === "ban" || action === "kick" ? "destructive" : "secondary"}>
              {ACTIONS[action].label}
              {action !== "none" && " all"}
            </Button>
          }
          title={action === "none" ? `Let all ${total} go?` : `${ACTIONS[action].label} all ${total}?`}
          body={
            action === "none"
              ? "What was done to them is undone, but for kicks. Nothing is done to whoever still comes."
              : "Also to whoever still comes with this raid; whom you released stays free. Each of them gets a case."
          }
          action={action === "none" ? "Let them go" : ACTIONS[action].label}
          isDestructive={action !== "none"}
          onConfirm={() => act.mutateAsync({ params, body: { action } })}
        />
      ))}
      {raid.state === "active" && !raid.has_locked && (
        <Confirm
          trigger={
            <Button size="sm" variant="outline">
              <LockIcon aria-hidden />
              Lock the server
            </Button>
          }
          title="Lock the server till the raid is over?"
          body="Nobody but the staff can write. The end of the raid gives every channel back as it was."
          action="Lock"
          onConfirm={() => lock.mutateAsync({ params })}
        />
      )}
      {raid.state === "active" && (
        <Confirm
          trigger={
            <Button size="sm" variant="outline">
              <SquareIcon aria-hidden />
              End the raid
            </Button>
          }
          title="Is the raid over?"
          body="Invites and channels become as before. What was done to those who raided stays."
          action="End it"
          isDestructive={false}
          onConfirm={() => end.mutateAsync({ params })}
        />
      )}
    </div>
  );
}
