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
import { useLiveGuild } from "@/hooks/use-live-guild";
import { useRefresh } from "@/hooks/use-refresh";
import { ago } from "@/lib/time";
import { LockDialog } from "./lock-dialog";

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
  const names = new Map(useLiveGuild().data?.channels.map((channel) => [channel.id, channel.name]));
  const refresh = useRefresh(LOCKDOWN);
  const unlock = $api.useMutation("post", `${LOCKDOWN}/unlock`, {
    onSuccess: async () => {
      toast.success("The bot gives it back as it was.");
      await refresh();
    },
  });
  const open = (channels: string[] | null) => unlock.mutateAsync({ params: { path: { guild_id } }, body: { channels, reason: "" } });
  const alone = lockdown.channels.filter((it) => !it.is_of_server || it.state === "failed");
  if (!lockdown.is_server_locked && lockdown.channels.length === 0) return <p className="text-muted-foreground">Nothing is locked.</p>;
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
      <ul className="grid gap-2">
        {alone.map((it) => (
          <li key={it.channel_id} className="flex flex-wrap items-center gap-2">
            <span className="min-w-0 flex-1 truncate">#{names.get(it.channel_id) ?? it.channel_id}</span>
            {it.expires_at && <span className="text-xs text-muted-foreground">opens {ago(it.expires_at)}</span>}
            {it.state !== "done" && <Badge tone={it.state === "failed" ? "danger" : "info"}>{it.state === "failed" ? "Failed" : "Under way"}</Badge>}
            <Button
              size="icon-sm"
              variant="ghost"
              aria-label={`Unlock ${names.get(it.channel_id) ?? it.channel_id}`}
              onClick={() => void open([it.channel_id]).catch(() => undefined)}
            >
              <LockOpenIcon aria-hidden />
            </Button>
            {it.failure && <p className="w-full text-xs text-destructive">{it.failure}</p>}
          </li>
        ))}
      </ul>
    </div>
  );
}
