"use client";

import { SirenIcon } from "lucide-react";
import type { Schemas } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Card, CardHeader, CardTitle } from "@/components/ui/card";
import { Pager } from "@/components/ui/pager";
import { Empty } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import type { Cursor } from "@/hooks/use-cursor";
import { ago, lasting, when } from "@/lib/time";
import { ACTIONS, CAUSES, type Raid } from "./words";

const lengthOf = (raid: Raid) =>
  raid.ended_at ? lasting((new Date(raid.ended_at).getTime() - new Date(raid.started_at).getTime()) / 1000) : "goes on";

/** The raids that were noticed, newest first. */
export const RaidHistory = ({ page, cursor, onOpen }: { page: Schemas["RaidPage"]; cursor: Cursor; onOpen: (number: number) => void }) => (
  <Card>
    <CardHeader className="pb-4">
      <CardTitle>Raids so far</CardTitle>
    </CardHeader>
    {page.raids.length === 0 ? (
      <Empty icon={SirenIcon} title="No raids">
        When many join at once, or newcomers write too much, the raid is written down here with all who came.
      </Empty>
    ) : (
      <Table aria-label="Raids">
        <TableHead>
          <tr>
            <Th>Raid</Th>
            <Th>Noticed</Th>
            <Th>Done to them</Th>
            <Th>Began</Th>
            <Th>Lasted</Th>
          </tr>
        </TableHead>
        <TableBody>
          {page.raids.map((raid) => (
            <TableRow key={raid.number} className="cursor-pointer" onClick={() => onOpen(raid.number)}>
              <Td>
                <button type="button" className="font-mono text-primary hover:underline" onClick={() => onOpen(raid.number)}>
                  #{raid.number}
                </button>{" "}
                {raid.state === "active" && <Badge tone="danger">Now</Badge>}
              </Td>
              <Td className="min-w-48">{raid.causes.map((cause) => CAUSES[cause]).join(", ")}</Td>
              <Td>{ACTIONS[raid.action].done}</Td>
              <Td className="whitespace-nowrap text-muted-foreground" title={when(raid.started_at)}>
                {ago(raid.started_at)}
              </Td>
              <Td className="whitespace-nowrap">{lengthOf(raid)}</Td>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    )}
    <Pager cursor={cursor} next={page.next_after} />
  </Card>
);
