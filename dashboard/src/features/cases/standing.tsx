"use client";

import Link from "next/link";
import { $api } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Loaded, RowsSkeleton } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { ago, when } from "@/lib/time";
import { stepInWords } from "./ladder-words";

const KINDS: Record<string, string> = {
  ban: "Banned",
  timeout: "Timed out",
  mute: "Muted",
  jail: "In jail",
  voice_mute: "Muted in voice",
  deafen: "Deafened",
};

/** What lasts for somebody, what their warnings come to, and what comes next on the ladder. */
export function Standing({ id }: { id: string }) {
  const guild_id = useGuildId();
  const record = $api.useQuery("get", "/api/v1/guilds/{guild_id}/people/{user_id}/record", {
    params: { path: { guild_id, user_id: id } },
  });
  return (
    <Loaded query={record} skeleton={<RowsSkeleton rows={2} />}>
      {(found) => (
        <div className="grid gap-4 text-sm">
          {found.lasting.length === 0 && <p className="text-muted-foreground">Nothing lasts for them now.</p>}
          {found.lasting.map((it) => (
            <p key={it.kind} className="flex flex-wrap items-center gap-2">
              <Badge tone="danger">{KINDS[it.kind] ?? it.kind}</Badge>
              <Link className="text-primary hover:underline" href={`/g/${guild_id}/cases/${it.number}`}>
                #{it.number}
              </Link>
              <span className="text-muted-foreground">{it.expires_at ? `ends ${ago(it.expires_at)}` : "for good"}</span>
            </p>
          ))}
          <p>
            <span className="text-2xl font-semibold tabular-nums">{found.points}</span>{" "}
            {found.points === 1 ? "point" : "points"} of warnings
          </p>
          {found.falls_away_at && <p className="text-muted-foreground">The oldest falls away {when(found.falls_away_at)}.</p>}
          {found.next_step && <p>Next on the ladder: {stepInWords(found.next_step)}</p>}
        </div>
      )}
    </Loaded>
  );
}
