"use client";

import dynamic from "next/dynamic";
import { useState, type ReactNode } from "react";
import { $api, type Schemas } from "@/client";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Loaded, Skeleton } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { useGuildId } from "@/hooks/use-guild-id";
import { lasting } from "@/lib/time";

type Metrics = Schemas["MetricsOut"];

const DAYS = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "A year" },
];
const VolumeChart = dynamic(() => import("./volume-chart").then((it) => it.VolumeChart), {
  ssr: false,
  loading: () => <Skeleton className="h-56" />,
});

/** How many tickets there are, and how fast and well they are answered. */
export function Figures() {
  const guild_id = useGuildId();
  const [days, setDays] = useState("30");
  const query = $api.useQuery(
    "get",
    "/api/v1/guilds/{guild_id}/tickets/metrics",
    { params: { path: { guild_id }, query: { days: Number(days) } } },
    { placeholderData: (before) => before },
  );
  return (
    <div className="grid grid-cols-1 gap-6">
      <Field label="Tickets opened in the last" className="w-48">
        {(aria) => <Select {...aria} value={days} onValueChange={setDays} options={DAYS} />}
      </Field>
      <Loaded query={query}>{(metrics) => <Shown metrics={metrics} />}</Loaded>
    </div>
  );
}

const took = (value: number | null) => (value === null ? "–" : lasting(value));
const mostWithin = (value: number | null) => (value === null ? "None yet" : `9 of 10 within ${lasting(value)}`);
const stars = (rating: number | null) => (rating === null ? "–" : `${rating.toFixed(1)} of 5`);

const Shown = ({ metrics }: { metrics: Metrics }) => (
  <>
    <div className="grid grid-cols-2 gap-4 lg:grid-cols-4">
      <Stat name="Opened" value={String(metrics.opened)} more={`${metrics.closed} closed, ${metrics.open_now} open now`} />
      <Stat name="First answer after" value={took(metrics.response.median)} more={mostWithin(metrics.response.p90)} />
      <Stat name="Done after" value={took(metrics.resolution.median)} more={mostWithin(metrics.resolution.p90)} />
      <Stat name="Satisfaction" value={stars(metrics.rating)} more={`${metrics.rated} rated`} />
    </div>
    <div className="grid grid-cols-1 gap-6 lg:grid-cols-2">
      <Chart title="By day" told={busiestDay(metrics)}>
        <VolumeChart
          label="Tickets opened and closed by day"
          rows={metrics.by_day.map((it) => ({ name: it.day.slice(5), opened: it.opened, closed: it.closed }))}
        />
      </Chart>
      <Chart title="By hour of the day (UTC)" told={busiestHour(metrics)}>
        <VolumeChart label="Tickets opened by hour" rows={metrics.by_hour.map((opened, hour) => ({ name: `${hour}:00`, opened }))} />
      </Chart>
    </div>
    <Groups title="By category" of="Category" groups={metrics.categories} />
    <Groups title="By staff" of="Staff" groups={metrics.staff} />
  </>
);

function busiestDay({ by_day }: Metrics): string {
  const most = by_day.reduce((one, other) => (other.opened > one.opened ? other : one), { day: "", opened: 0 });
  return most.opened ? `Most were opened on ${most.day}: ${most.opened}.` : "None was opened.";
}

function busiestHour({ by_hour }: Metrics): string {
  const most = Math.max(...by_hour);
  return most ? `Most were opened between ${by_hour.indexOf(most)}:00 and ${by_hour.indexOf(most) + 1}:00: ${most}.` : "None was opened.";
}

const Stat = ({ name, value, more }: { name: string; value: string; more: string }) => (
  <Card className="p-5">
    <p className="text-sm text-muted-foreground">{name}</p>
    <p className="mt-1 text-2xl font-semibold tracking-tight tabular-nums">{value}</p>
    <p className="mt-1 text-xs text-muted-foreground">{more}</p>
  </Card>
);

const Chart = ({ title, told, children }: { title: string; told: string; children: ReactNode }) => (
  <Card>
    <CardHeader>
      <CardTitle>{title}</CardTitle>
      <CardDescription>{told}</CardDescription>
    </CardHeader>
    <CardContent>{children}</CardContent>
  </Card>
);

const Groups = ({ title, of, groups }: { title: string; of: string; groups: Metrics["staff"] }) =>
  groups.length === 0 ? null : (
    <Card>
      <CardHeader>
        <CardTitle>{title}</CardTitle>
      </CardHeader>
      <CardContent className="px-0 pb-2">
        <Table aria-label={title}>
          <TableHead>
            <tr>
              <Th>{of}</Th>
              <Th>Opened</Th>
              <Th>Closed</Th>
              <Th>Done after, on average</Th>
              <Th>Rating</Th>
            </tr>
          </TableHead>
          <TableBody>
            {groups.map((group, index) => (
              <TableRow key={index}>
                <Td className="max-w-60 truncate">{group.name || "Erased person"}</Td>
                <Td className="tabular-nums">{group.opened}</Td>
                <Td className="tabular-nums">{group.closed}</Td>
                <Td className="tabular-nums">{took(group.resolution)}</Td>
                <Td className="whitespace-nowrap tabular-nums">{group.rated ? `${stars(group.rating)} (${group.rated})` : "–"}</Td>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </CardContent>
    </Card>
  );
