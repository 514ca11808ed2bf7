"use client";

import Link from "next/link";
import { $api } from "@/client";
import { Person } from "@/components/person";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { Target } from "@/features/audit/target";
import { about, actorName, deed } from "@/features/audit/words";
import { useGuildId } from "@/hooks/use-guild-id";
import { ago, when } from "@/lib/time";

/** Ask for what `RecentActions` shows. */
export function useRecentActions(isEnabled = true) {
  const guild_id = useGuildId();
  const params = { path: { guild_id }, query: { limit: 6 } };
  return $api.useQuery("get", "/api/v1/guilds/{guild_id}/audit", { params }, { enabled: isEnabled });
}

/** What was done last, from the audit log. */
export function RecentActions() {
  const guild_id = useGuildId();
  const audit = useRecentActions();
  return (
    <Card>
      <CardHeader className="flex-row items-center justify-between">
        <CardTitle>Last actions</CardTitle>
        <Link href={`/g/${guild_id}/audit`} className="text-sm text-primary underline-offset-4 hover:underline">
          Audit log
        </Link>
      </CardHeader>
      <CardContent>
        <Loaded query={audit}>
          {({ entries }) =>
            entries.length === 0 ? (
              <CardDescription>Nothing yet. Whatever somebody changes with the bot, here or on Discord, is listed here.</CardDescription>
            ) : (
              <ul className="grid gap-3">
                {entries.map((entry) => (
                  <li key={entry.id} className="flex items-start justify-between gap-4 text-sm">
                    <span className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
                      <Person id={entry.actor_id} name={actorName(entry)} className="max-w-40 font-medium" />
                      <span>{deed(entry)}</span>
                      <Target entry={entry} />
                      {about(entry) && <span className="text-muted-foreground">{about(entry)}</span>}
                    </span>
                    <time dateTime={entry.created_at} title={when(entry.created_at)} className="shrink-0 pt-0.5 text-xs text-muted-foreground">
                      {ago(entry.created_at)}
                    </time>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </CardContent>
    </Card>
  );
}
