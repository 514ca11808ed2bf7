"use client";

import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { ago, when } from "@/lib/time";
import { WorkState } from "./work-state";

/** A piece of work, whichever queue it waits in. */
type Work = { number: number; kind: string; guildId: string | null; state: string; moment: string; attempts: number; error: string | null; actions: ReactNode };

type WorkTableProps = { label: string; icon: LucideIcon; nothing: string; columns: { work: string; moment: string }; rows: readonly Work[] };

/** What waits in a queue, what runs and what failed, with what the operator can do about it. */
export function WorkTable({ label, icon, nothing, columns, rows }: WorkTableProps) {
  if (rows.length === 0) return <Empty icon={icon} title={nothing} />;
  return (
    <Table aria-label={label}>
      <TableHead>
        <tr>
          <Th>{columns.work}</Th>
          <Th>State</Th>
          <Th>{columns.moment}</Th>
          <Th className="text-right">Attempts</Th>
          <Th>Error</Th>
          <Th>
            <span className="sr-only">What one can do</span>
          </Th>
        </tr>
      </TableHead>
      <TableBody>
        {rows.map((row) => (
          <WorkRow key={row.number} row={row} />
        ))}
      </TableBody>
    </Table>
  );
}

const WorkRow = ({ row }: { row: Work }) => (
  <TableRow>
    <Td>
      <span className="font-medium">{row.kind}</span>
      <span className="block text-xs whitespace-nowrap text-muted-foreground">
        #{row.number}
        {row.guildId && ` · server ${row.guildId}`}
      </span>
    </Td>
    <Td>
      <WorkState state={row.state} />
    </Td>
    <Td title={when(row.moment)} className="whitespace-nowrap">
      {ago(row.moment)}
    </Td>
    <Td className="text-right tabular-nums">{row.attempts}</Td>
    <Td className="max-w-xs text-xs wrap-anywhere text-muted-foreground">{row.error}</Td>
    <Td>
      <div className="flex justify-end gap-2">{row.actions}</div>
    </Td>
  </TableRow>
);

/** Has a failed piece of work tried again. */
export const TryAgain = ({ isBusy, onClick }: { isBusy: boolean; onClick: () => Promise<unknown> }) => (
  <Button size="sm" variant="outline" isBusy={isBusy} onClick={() => void onClick().catch(() => undefined)}>
    Try again
  </Button>
);
