"use client";

import { EyeOffIcon } from "lucide-react";
import { Person } from "@/components/person";
import { Badge } from "@/components/ui/badge";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { cn } from "@/lib/cn";
import { ago, when } from "@/lib/time";
import { nameOf, STATES, toneOf, type Case } from "./words";

/** Cases as rows; a click or Enter on one opens it. */
export function CaseTable({ cases, onOpen }: { cases: readonly Case[]; onOpen: (number: number) => void }) {
  return (
    <Table aria-label="Cases">
      <TableHead>
        <tr>
          <Th>Case</Th>
          <Th>Type</Th>
          <Th>State</Th>
          <Th>Member</Th>
          <Th>Moderator</Th>
          <Th>Reason</Th>
          <Th>When</Th>
        </tr>
      </TableHead>
      <TableBody>
        {cases.map((it) => (
          <TableRow key={it.number} className={cn("cursor-pointer", it.struck_at && "opacity-60")} onClick={() => onOpen(it.number)}>
            <Td>
              <button type="button" className="font-mono text-primary hover:underline" onClick={() => onOpen(it.number)}>
                #{it.number}
              </button>
            </Td>
            <Td>
              <span className="flex items-center gap-1.5">
                <Badge tone={toneOf(it.type)}>{nameOf(it)}</Badge>
                {it.is_hidden && <EyeOffIcon className="size-4 text-muted-foreground" aria-label="Hidden" />}
              </span>
            </Td>
            <Td>
              <Badge tone={STATES[it.state].tone}>{it.struck_at ? "Struck" : STATES[it.state].label}</Badge>
            </Td>
            <Td className="max-w-44">
              <Person id={it.target_id} name={it.target_name} className="max-w-full" />
            </Td>
            <Td className="max-w-44">
              <Person id={it.moderator_id} name={it.moderator_name} className="max-w-full" />
            </Td>
            <Td className="max-w-72 min-w-40">
              <span className="line-clamp-2 break-words">{it.reason}</span>
            </Td>
            <Td className="whitespace-nowrap text-muted-foreground" title={when(it.created_at)}>
              {ago(it.created_at)}
            </Td>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
