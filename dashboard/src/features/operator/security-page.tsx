"use client";

import { DownloadIcon, ShieldCheckIcon } from "lucide-react";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";
import { $api, type Schemas } from "@/client";
import { LoadMore } from "@/components/load-more";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { Empty, Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { ago, when } from "@/lib/time";

type SecurityEvent = Schemas["SecurityEventOut"];
type Filter = { kind?: string; user_id?: string; guild_id?: string };

const FIELDS = { kind: "Kind, such as access.refused", user_id: "Id of a person", guild_id: "Id of a server" } as const;
const NAMES = Object.keys(FIELDS) as (keyof Filter)[];

/** Sign-ins, refusals and what else matters to security; nothing of it can be changed. */
export function SecurityPage() {
  const asked = useSearchParams();
  const filter: Filter = Object.fromEntries(NAMES.flatMap((name) => (asked.get(name) ? [[name, asked.get(name)]] : [])));
  const query = $api.useInfiniteQuery(
    "get",
    "/api/v1/security-events",
    { params: { query: { limit: 50, ...filter } } },
    { pageParamName: "after", initialPageParam: null, getNextPageParam: (page) => page.next_after },
  );
  const file = `/api/v1/security-events/export?${new URLSearchParams({ format: "csv", ...filter })}`;
  return (
    <Page
      title="Security"
      description="Sign-ins, refusals and keys. Entries can be added only, and go when their time is over."
      actions={
        <Button asChild variant="outline" size="sm">
          <a href={file} download>
            <DownloadIcon aria-hidden />
            Export
          </a>
        </Button>
      }
    >
      <Search key={asked.toString()} filter={filter} />
      <Card>
        <Loaded query={query}>
          {({ pages }) => {
            const events = pages.flatMap((page) => page.events);
            return events.length === 0 ? (
              <Empty icon={ShieldCheckIcon} title="Nothing of this kind happened" />
            ) : (
              <EventTable events={events} />
            );
          }}
        </Loaded>
        <LoadMore query={query} />
      </Card>
    </Page>
  );
}

function Search({ filter }: { filter: Filter }) {
  const router = useRouter();
  const path = usePathname();
  const [draft, setDraft] = useState(filter);
  return (
    <form
      role="search"
      className="mb-4 flex flex-wrap gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        const given = Object.entries(draft).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : []));
        router.replace(`${path}?${new URLSearchParams(given as string[][])}`);
      }}
    >
      {NAMES.map((name) => (
        <Input
          key={name}
          aria-label={FIELDS[name]}
          placeholder={FIELDS[name]}
          className="w-full sm:w-60"
          value={draft[name] ?? ""}
          onChange={(event) => setDraft({ ...draft, [name]: event.target.value })}
        />
      ))}
      <Button type="submit" variant="outline">
        Search
      </Button>
    </form>
  );
}

const EventTable = ({ events }: { events: SecurityEvent[] }) => (
  <Table aria-label="Security events">
    <TableHead>
      <tr>
        <Th>When</Th>
        <Th>What</Th>
        <Th>Who</Th>
        <Th>Server</Th>
        <Th>From</Th>
        <Th>Details</Th>
      </tr>
    </TableHead>
    <TableBody>
      {events.map((event) => (
        <TableRow key={event.id}>
          <Td title={when(event.created_at)} className="whitespace-nowrap">
            {ago(event.created_at)}
          </Td>
          <Td>
            <Badge tone={/refused|failed|denied/.test(event.kind) ? "warning" : "neutral"}>{event.kind}</Badge>
          </Td>
          <Td className="font-mono text-xs">{event.user_id ?? (event.key_number === null ? "–" : `key ${event.key_number}`)}</Td>
          <Td className="font-mono text-xs">{event.guild_id ?? "–"}</Td>
          <Td className="font-mono text-xs">{event.address ?? "–"}</Td>
          <Td className="max-w-md text-xs wrap-anywhere text-muted-foreground">
            {event.route}
            {Object.entries(event.details).map(([name, value]) => (
              <span key={name} className="block">
                {name}: {value}
              </span>
            ))}
          </Td>
        </TableRow>
      ))}
    </TableBody>
  </Table>
);
