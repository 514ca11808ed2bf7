"use client";

import { DownloadIcon, ScrollTextIcon } from "lucide-react";
import { useState } from "react";
import { $api } from "@/client";
import { LoadMore } from "@/components/load-more";
import { Person } from "@/components/person";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { Page } from "@/components/ui/page";
import { Empty, Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { ago, when } from "@/lib/time";
import { EntryDetails } from "./entry-details";
import { Filters } from "./filters";
import { Target } from "./target";
import { asQuery, useFilter, type AuditFilter } from "./use-filter";
import { about, actorName, deed, type Entry } from "./words";

export function AuditPage() {
  const [filter, change] = useFilter();
  return (
    <Page title="Audit log" description="Who changed what with the bot, and why." actions={<ExportMenu filter={filter} />}>
      <div className="grid grid-cols-1 gap-6">
        <Filters filter={filter} onChange={change} />
        <Entries filter={filter} />
      </div>
    </Page>
  );
}

function ExportMenu({ filter }: { filter: AuditFilter }) {
  const guildId = useGuildId();
  function address(format: string) {
    const query = new URLSearchParams({ format });
    for (const [name, value] of Object.entries(asQuery(filter))) for (const one of [value].flat()) query.append(name, one);
    return `/api/v1/guilds/${guildId}/audit/export?${query}`;
  }
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="outline">
          <DownloadIcon aria-hidden /> Export
        </Button>
      </MenuTrigger>
      <MenuContent align="end">
        {(["csv", "json"] as const).map((format) => (
          <MenuItem key={format} asChild>
            <a href={address(format)} download>
              As {format.toUpperCase()}
            </a>
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  );
}

function Entries({ filter }: { filter: AuditFilter }) {
  const guild_id = useGuildId();
  const [open, setOpen] = useState<Entry | null>(null);
  const entries = $api.useInfiniteQuery(
    "get",
    "/api/v1/guilds/{guild_id}/audit",
    { params: { path: { guild_id }, query: { ...asQuery(filter), limit: 50 } } },
    { pageParamName: "after", initialPageParam: null, getNextPageParam: (page) => page.next_after },
  );
  return (
    <Card>
      <Loaded query={entries}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.entries);
          if (all.length === 0)
            return (
              <Empty icon={ScrollTextIcon} title="Nothing here">
                Whatever somebody changes with the bot, here or on Discord, is written down. Widen the filters, or come back later.
              </Empty>
            );
          return (
            <ul className="divide-y" aria-label="Entries">
              {all.map((entry) => (
                <Row key={entry.id} entry={entry} onOpen={() => setOpen(entry)} />
              ))}
            </ul>
          );
        }}
      </Loaded>
      <LoadMore query={entries} />
      {open && <EntryDetails entry={open} onClose={() => setOpen(null)} />}
    </Card>
  );
}

function Row({ entry, onOpen }: { entry: Entry; onOpen: () => void }) {
  const topic = about(entry);
  return (
    <li>
      <button
        type="button"
        onClick={onOpen}
        className="grid w-full gap-1 px-5 py-3 text-left text-sm outline-none hover:bg-muted/50 focus-visible:bg-muted/50"
      >
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Person id={entry.actor_id} name={actorName(entry)} className="font-medium text-foreground" />
          <span>{deed(entry)}</span>
          <Target entry={entry} />
          {topic && <span className="text-muted-foreground">{topic}</span>}
          <time dateTime={entry.created_at} title={when(entry.created_at)} className="ml-auto text-xs whitespace-nowrap text-muted-foreground">
            {ago(entry.created_at)}
          </time>
        </span>
        {entry.reason && <span className="line-clamp-2 text-xs break-words text-muted-foreground">{entry.reason}</span>}
      </button>
    </li>
  );
}
