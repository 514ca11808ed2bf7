"use client";

import Link from "next/link";
import { $api } from "@/client";
import { Person } from "@/components/person";
import { Badge } from "@/components/ui/badge";
import { Pager } from "@/components/ui/pager";
import { Loaded, RowsSkeleton } from "@/components/ui/states";
import { useCursor } from "@/hooks/use-cursor";
import { useGuildId } from "@/hooks/use-guild-id";
import { RAIDER_STATES } from "./words";

/** Who came with a raid, and where each of them stands. */
export function Raiders({ number }: { number: number }) {
  const guild_id = useGuildId();
  const cursor = useCursor(String(number));
  const page = $api.useQuery("get", "/api/v1/guilds/{guild_id}/raids/{number}/raiders", {
    params: { path: { guild_id, number }, query: { limit: 25, after: cursor.after } },
  });
  return (
    <Loaded query={page} skeleton={<RowsSkeleton rows={3} />}>
      {(data) => (
        <div className="rounded-md border">
          <ul className="divide-y" aria-label="Who came with it">
            {data.raiders.map((it) => (
              <li key={it.user_id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
                <Person id={it.user_id} name={it.user_name} className="min-w-0 flex-1" />
                {it.case_number && (
                  <Link className="text-primary hover:underline" href={`/g/${guild_id}/cases/${it.case_number}`}>
                    #{it.case_number}
                  </Link>
                )}
                <Badge tone={RAIDER_STATES[it.state].tone}>{RAIDER_STATES[it.state].label}</Badge>
                {it.failure && <p className="w-full text-xs text-destructive">{it.failure}</p>}
              </li>
            ))}
          </ul>
          <Pager cursor={cursor} next={data.next_after} newer="Back" older="More" />
        </div>
      )}
    </Loaded>
  );
}
