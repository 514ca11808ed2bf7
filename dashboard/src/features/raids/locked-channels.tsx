"use client";

import { LockOpenIcon } from "lucide-react";
import { useEffect } from "react";
import { $api, type Schemas } from "@/client";
import { LoadMore } from "@/components/load-more";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Failed } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useLiveGuild } from "@/hooks/use-live-guild";
import { ago } from "@/lib/time";

export const CHANNELS = "/api/v1/guilds/{guild_id}/lockdown/channels";
type Props = { lockdown: Schemas["LockdownOut"]; onUnlock: (channel: string) => void };

/** The channels that were locked by themselves, and those that failed; the rest of a locked server is only counted. */
export function LockedChannels({ lockdown, onUnlock }: Props) {
  const guild_id = useGuildId();
  const names = new Map(useLiveGuild().data?.channels.map((channel) => [channel.id, channel.name]));
  const list = $api.useInfiniteQuery(
    "get",
    CHANNELS,
    { params: { path: { guild_id }, query: { with_server: false } } },
    { pageParamName: "after", initialPageParam: null, getNextPageParam: (page) => page.next_after },
  );
  const { locked, pending, failed } = lockdown;
  const { refetch } = list;
  useEffect(() => {
    void refetch({ cancelRefetch: false });
  }, [refetch, locked, pending, failed]);
  if (list.error) return <Failed error={list.error} onRetry={() => void refetch()} />;
  const channels = list.data?.pages.flatMap((page) => page.channels) ?? [];
  return (
    <>
      <ul className="grid gap-2">
        {channels.map((it) => (
          <li key={it.channel_id} className="flex flex-wrap items-center gap-2">
            <span className="min-w-0 flex-1 truncate">#{names.get(it.channel_id) ?? it.channel_id}</span>
            {it.expires_at && <span className="text-xs text-muted-foreground">opens {ago(it.expires_at)}</span>}
            {it.state !== "done" && <Badge tone={it.state === "failed" ? "danger" : "info"}>{it.state === "failed" ? "Failed" : "Under way"}</Badge>}
            <Button
              size="icon-sm"
              variant="ghost"
              aria-label={`Unlock ${names.get(it.channel_id) ?? it.channel_id}`}
              onClick={() => onUnlock(it.channel_id)}
            >
              <LockOpenIcon aria-hidden />
            </Button>
            {it.failure && <p className="w-full text-xs text-destructive">{it.failure}</p>}
          </li>
        ))}
      </ul>
      <LoadMore query={list} label="Show more" />
    </>
  );
}
