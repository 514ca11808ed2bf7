"use client";

import { PlugZapIcon } from "lucide-react";
import { $api, type Schemas } from "@/client";
import { LoadMore } from "@/components/load-more";
import { Badge, type Tone } from "@/components/ui/badge";
import { Card, CardHeader, CardTitle } from "@/components/ui/card";
import { Empty, Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { ago, when } from "@/lib/time";

const LOOK: Record<Schemas["ShardHappening"], { tone: Tone; label: string }> = {
  ready: { tone: "success", label: "New session" },
  resumed: { tone: "info", label: "Resumed" },
  disconnected: { tone: "warning", label: "Disconnected" },
};

/** When connections came and went. */
export function ShardEvents() {
  const query = $api.useInfiniteQuery(
    "get",
    "/api/v1/operator/shards/events",
    { params: { query: { limit: 25 } } },
    { pageParamName: "after", initialPageParam: null, getNextPageParam: (page) => page.next_after },
  );
  return (
    <Card>
      <CardHeader className="pb-3">
        <CardTitle>Connections</CardTitle>
      </CardHeader>
      <Loaded query={query}>
        {({ pages }) => {
          const events = pages.flatMap((page) => page.events);
          if (events.length === 0) return <Empty icon={PlugZapIcon} title="No connection came or went yet" />;
          return (
            <Table aria-label="What happened to connections">
              <TableHead>
                <tr>
                  <Th>When</Th>
                  <Th>Shard</Th>
                  <Th>What</Th>
                  <Th>Process</Th>
                </tr>
              </TableHead>
              <TableBody>
                {events.map((event) => (
                  <TableRow key={event.event_id}>
                    <Td title={when(event.happened_at)} className="whitespace-nowrap">{ago(event.happened_at)}</Td>
                    <Td>#{event.shard_id}</Td>
                    <Td>
                      <Badge tone={LOOK[event.happening].tone}>{LOOK[event.happening].label}</Badge>
                    </Td>
                    <Td className="font-mono text-xs">{event.process}</Td>
                  </TableRow>
                ))}
              </TableBody>
            </Table>
          );
        }}
      </Loaded>
      <LoadMore query={query} />
    </Card>
  );
}
