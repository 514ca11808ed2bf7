"use client";

import { LockIcon, LockOpenIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api, type Problem, type Schemas } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Loaded, RowsSkeleton } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { LockDialog } from "./lock-dialog";
import { CHANNELS, LockedChannels } from "./locked-channels";

const LOCKDOWN = "/api/v1/guilds/{guild_id}/lockdown";
type Lockdown = Schemas["LockdownOut"];

/** What is locked now, and how to give it back; nothing for who may not change channels. */
export function LockdownCard() {
  const guild_id = useGuildId();
  const [isLocking, setLocking] = useState(false);
  const lockdown = $api.useQuery(
    "get",
    LOCKDOWN,
    { params: { path: { guild_id } } },
    { retry: false, refetchInterval: (query) => (query.state.data?.pending ? 2000 : false) },
  );
  if ((lockdown.error as Problem | null)?.status === 403) return null;
  return (
    <Card>
      <CardHeader>
        <CardTitle>Locked channels</CardTitle>
        <CardDescription>Nobody but the staff writes in them. Each comes back exactly as it was.</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4 text-sm">
        <Loaded query={lockdown} skeleton={<RowsSkeleton rows={1} />}>
          {(data) => <State lockdown={data} />}
        </Loaded>
        <Button variant="outline" size="sm" className="justify-self-start" onClick={() => setLocking(true)}>
          <LockIcon aria-hidden />
          Lock
        </Button>
        {isLocking && <LockDialog onClose={() => setLocking(false)} />}
      </CardContent>
    </Card>
  );
}

function State({ lockdown }: { lockdown: Lockdown }) {
  const guild_id = useGuildId();
  const refresh = useRefresh(LOCKDOWN, CHANNELS);
  const unlock = $api.useMutation("post", `${LOCKDOWN}/unlock`, {
    onSuccess: async () => {
      toast.success("The bot gives it back as it was.");
      await refresh();
    },
  });
  const open = (channels: string[] | null) => unlock.mutateAsync({ params: { path: { guild_id } }, body: { channels, reason: "" } });
  if (!lockdown.is_server_locked && lockdown.locked + lockdown.pending + lockdown.failed === 0) return <p className="text-muted-foreground">Nothing is locked.</p>;
  return (
    <div className="grid gap-3">
      {lockdown.is_server_locked && (
        <div className="flex flex-wrap items-center justify-between gap-2">
          <Badge tone="warning">The whole server: {lockdown.locked} channels</Badge>
          <Confirm
            trigger={
              <Button size="sm" variant="secondary">
                <LockOpenIcon aria-hidden />
                Unlock server
              </Button>
            }
            title="Unlock the server?"
            body="All channels that were locked with it become as before. Those that you locked by themselves stay locked."
            action="Unlock"
            isDestructive={false}
            onConfirm={() => open(null)}
          />
        </div>
      )}
      {lockdown.pending > 0 && <p className="text-muted-foreground">{lockdown.pending} channels to go.</p>}
      <LockedChannels lockdown={lockdown} onUnlock={(channel) => void open([channel]).catch(() => undefined)} />
    </div>
  );
}
