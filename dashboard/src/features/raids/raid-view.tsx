"use client";

import { $api } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import { ago, when } from "@/lib/time";
import { RaidActions } from "./raid-actions";
import { Raiders } from "./raiders";
import { CAUSES, RAIDER_STATES, type RaidDetail } from "./words";

/** One raid: what was noticed, who came and what became of them, and what one can do. */
export function RaidView({ number }: { number: number }) {
  const guild_id = useGuildId();
  const raid = $api.useQuery(
    "get",
    "/api/v1/guilds/{guild_id}/raids/{number}",
    { params: { path: { guild_id, number } } },
    // While something is under way, its counts change.
    { refetchInterval: (query) => (isMoving(query.state.data) ? 2000 : false) },
  );
  return <Loaded query={raid}>{(found) => <Known raid={found} />}</Loaded>;
}

const isMoving = (raid: RaidDetail | undefined) => !!raid && (raid.state === "active" || !!raid.counts.due || !!raid.counts.freeing);

function Known({ raid }: { raid: RaidDetail }) {
  const rights = useRights();
  const counts = Object.entries(RAIDER_STATES).flatMap(([state, { label, tone }]) => {
    const count = raid.counts[state as keyof typeof RAIDER_STATES] ?? 0;
    return count > 0 ? [{ state, label, tone, count }] : [];
  });
  return (
    <div className="grid gap-5 text-sm">
      <p>
        {raid.causes.map((cause) => CAUSES[cause]).join(". ")}. It began <span title={when(raid.started_at)}>{ago(raid.started_at)}</span>
        {raid.ended_at ? ` and ended ${ago(raid.ended_at)}.` : "."}
        {raid.has_locked && raid.state === "active" && " The server is locked till it is over."}
        {raid.invites_paused_until && raid.state === "active" && " Invites are paused."}
      </p>
      <p className="flex flex-wrap gap-2">
        {counts.map(({ state, label, tone, count }) => (
          <Badge key={state} tone={tone}>
            {count} {label.toLowerCase()}
          </Badge>
        ))}
      </p>
      {rights.has("moderate") && <RaidActions raid={raid} />}
      <Raiders number={raid.number} />
    </div>
  );
}
