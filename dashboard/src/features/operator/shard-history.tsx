"use client";

import { ChartSplineIcon } from "lucide-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { $api, type Schemas } from "@/client";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Select } from "@/components/ui/select";
import { Empty, Loaded, Skeleton } from "@/components/ui/states";
import { milliseconds } from "./milliseconds";

type History = Schemas["ShardHistoryOut"];

const Chart = dynamic(() => import("./latency-chart"), { ssr: false, loading: () => <Skeleton className="h-56" /> });
const SPANS = [
  { value: "1", label: "Last hour" },
  { value: "24", label: "Last day" },
  { value: "168", label: "Last week" },
  { value: "720", label: "Last 30 days" },
] as const;
type Span = (typeof SPANS)[number]["value"];

/** How a shard fared over time: a graph, and its figures as text. */
export function ShardHistory({ shardId }: { shardId: number }) {
  const [hours, setHours] = useState<Span>("24");
  const query = $api.useQuery(
    "get",
    "/api/v1/operator/shards/{shard_id}/history",
    { params: { path: { shard_id: shardId }, query: { hours: Number(hours) } } },
    { refetchInterval: 60_000 },
  );
  return (
    <Card>
      <CardHeader className="flex-row flex-wrap items-center justify-between gap-3">
        <div>
          <CardTitle>Latency of shard #{shardId}</CardTitle>
          <CardDescription>The round trip of heartbeats, recorded every minute.</CardDescription>
        </div>
        <Select aria-label="Span of time" className="w-40" value={hours} onValueChange={setHours} options={SPANS} />
      </CardHeader>
      <CardContent>
        <Loaded query={query} skeleton={<Skeleton className="h-56" />}>
          {(history) =>
            history.points.length === 0 ? (
              <Empty icon={ChartSplineIcon} title="Nothing was recorded in this time">
                A bot process writes down how its shards fare every minute.
              </Empty>
            ) : (
              <>
                <Figures history={history} />
                <Chart points={history.points} label={`Latency of shard ${shardId}`} />
              </>
            )
          }
        </Loaded>
      </CardContent>
    </Card>
  );
}

function Figures({ history }: { history: History }) {
  const measured = history.points.flatMap((point) => (point.latency === null ? [] : [point.latency]));
  const average = measured.length ? measured.reduce((sum, one) => sum + one, 0) / measured.length : null;
  const highest = Math.max(...history.points.map((point) => point.highest ?? 0));
  const ready = history.points.reduce((sum, point) => sum + point.ready, 0) / history.points.length;
  const figures = { Average: milliseconds(average), Highest: milliseconds(highest), Ready: `${(ready * 100).toFixed(1)} %` };
  return (
    <dl className="mb-4 flex flex-wrap gap-x-8 gap-y-2">
      {Object.entries(figures).map(([name, value]) => (
        <div key={name}>
          <dt className="text-xs text-muted-foreground">{name}</dt>
          <dd className="text-lg font-semibold tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
