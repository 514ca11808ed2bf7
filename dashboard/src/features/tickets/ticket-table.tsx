"use client";

import Link from "next/link";
import { Person } from "@/components/person";
import { Badge } from "@/components/ui/badge";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { useGuildId } from "@/hooks/use-guild-id";
import { ago, when } from "@/lib/time";
import { useCategories } from "./use-tickets";
import { PRIORITIES, STATES, type Ticket } from "./words";

/** Tickets as rows, each with a link to its page. */
export function TicketTable({ tickets }: { tickets: readonly Ticket[] }) {
  const guildId = useGuildId();
  const categories = useCategories().data?.categories;
  return (
    <Table aria-label="Tickets">
      <TableHead>
        <tr>
          <Th>Ticket</Th>
          <Th>State</Th>
          <Th>Priority</Th>
          <Th>Category</Th>
          <Th>Opened by</Th>
          <Th>Answered by</Th>
          <Th>Last active</Th>
        </tr>
      </TableHead>
      <TableBody>
        {tickets.map((it) => (
          <TableRow key={it.number}>
            <Td className="max-w-72 min-w-40">
              <Link href={`/g/${guildId}/tickets/${it.number}`} className="group block">
                <span className="font-mono text-primary group-hover:underline">#{it.number}</span>{" "}
                <span className="line-clamp-1 break-all">{it.subject || "No subject"}</span>
              </Link>
            </Td>
            <Td>
              <Badge tone={STATES[it.state].tone}>{STATES[it.state].label}</Badge>
            </Td>
            <Td>
              <Badge tone={PRIORITIES[it.priority].tone}>{PRIORITIES[it.priority].label}</Badge>
            </Td>
            <Td className="max-w-36 truncate">
              {categories?.find((one) => one.number === it.category)?.name ?? `#${it.category}`}
            </Td>
            <Td className="max-w-44">
              <Person id={it.opener_id} name={it.opener_name} className="max-w-full" />
            </Td>
            <Td className="max-w-44">
              {it.assignee_id ? (
                <Person id={it.assignee_id} name={it.assignee_name} className="max-w-full" />
              ) : (
                <span className="text-muted-foreground">Nobody</span>
              )}
            </Td>
            <Td className="whitespace-nowrap text-muted-foreground" title={when(it.active_at)}>
              {ago(it.active_at)}
            </Td>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
