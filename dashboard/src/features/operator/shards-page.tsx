"use client";

import { NetworkIcon } from "lucide-react";
import { useState } from "react";
import { $api, type Schemas } from "@/client";
import { Badge, type Tone } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { Empty, Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { lasting } from "@/lib/time";
import { FindShard } from "./find-shard";
import { milliseconds } from "./milliseconds";
import { ShardEvents } from "./shard-events";
import { ShardHistory } from "./shard-history";

type Shard = Schemas["ShardOut"];

const TONES: Record<string, Tone> = { ready: "success", connecting: "info", reconnecting: "warning", gone: "danger" };

/** All shards as they are now, and how the chosen one fared. */
export function ShardsPage() {
  const query = $api.useQuery("get", "/api/v1/shards", {}, { refetchInterval: 5_000 });
  const [chosen, setChosen] = useState(0);
  return (
    <Page title="Shards" description="The connections to Discord, and which process has each." actions={<FindShard onFound={setChosen} />}>
      <Loaded query={query}>
        {({ shards }) =>
          shards.length === 0 ? (
            <Card>
              <Empty icon={NetworkIcon} title="No bot process has run yet">
                Start one with <code>guildbase up</code>; its shards appear here within seconds.
              </Empty>
            </Card>
          ) : (
            <div className="grid gap-6">
              <ShardTable shards={shards} chosen={chosen} onChoose={setChosen} />
              <ShardHistory shardId={chosen} />
              <ShardEvents />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

type ShardTableProps = { shards: Shard[]; chosen: number; onChoose: (shardId: number) => void };

const ShardTable = ({ shards, chosen, onChoose }: ShardTableProps) => (
  <Card className="max-h-[30rem] overflow-y-auto">
    <Table aria-label="Shards">
      <TableHead>
        <tr>
          <Th>Shard</Th>
          <Th>State</Th>
          <Th className="text-right">Latency</Th>
          <Th className="text-right">Servers</Th>
          <Th>Last event</Th>
          <Th>Process</Th>
        </tr>
      </TableHead>
      <TableBody>
        {shards.map((shard) => (
          <TableRow key={shard.number} aria-selected={shard.number === chosen} className="aria-selected:bg-muted/60">
            <Td>
              <Button variant="link" size="sm" className="px-0" aria-pressed={shard.number === chosen} onClick={() => onChoose(shard.number)}>
                #{shard.number}
              </Button>
            </Td>
            <Td>
              <Badge tone={shard.is_stale ? "warning" : TONES[shard.state]}>{shard.is_stale ? "silent" : shard.state}</Badge>
            </Td>
            <Td className="text-right tabular-nums">{milliseconds(shard.latency)}</Td>
            <Td className="text-right tabular-nums">{shard.guilds ?? "–"}</Td>
            <Td>{shard.last_dispatch_age == null ? "–" : `${lasting(shard.last_dispatch_age)} ago`}</Td>
            <Td className="font-mono text-xs">{shard.process ?? "–"}</Td>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  </Card>
);
