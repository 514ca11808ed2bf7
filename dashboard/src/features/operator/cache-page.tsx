"use client";

import { useState } from "react";
import { toast } from "sonner";
import { $api, type Schemas } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";

type Process = Schemas["ProcessOut"];

const count = (value: number) => value.toLocaleString();
const share = (part: number, whole: number) => (whole === 0 ? "–" : `${((part / whole) * 100).toFixed(1)} %`);

/** What each process answers from memory, and its loops. */
export function CachePage() {
  const query = $api.useQuery("get", "/api/v1/operator/processes", {}, { refetchInterval: 10_000 });
  return (
    <Page
      title="Cache"
      description="What each process answers without the database, and the loops in its background."
      actions={<ForgetGuild />}
    >
      <Loaded query={query}>
        {({ processes, silent }) => (
          <div className="grid gap-6">
            {processes.map((process, index) => (
              <ProcessCard key={process.process} process={process} isThis={index === 0} />
            ))}
            {silent.length > 0 && <p role="status" className="text-sm text-warning">These did not answer: {silent.join(", ")}.</p>}
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function ProcessCard({ process, isThis }: { process: Process; isThis: boolean }) {
  const total = process.cache.reduce((sum, kind) => sum + kind.hits + kind.shared + kind.misses, 0);
  const answered = process.cache.reduce((sum, kind) => sum + kind.hits + kind.shared, 0);
  const facts = [
    `${count(process.cache_size)} values`,
    `${share(answered, total)} without the database`,
    `${count(process.invalidations)} changes heard`,
    ...(process.unsent > 0 ? [`${count(process.unsent)} changes still to be told`] : []),
  ];
  return (
    <Card>
      <CardHeader className="pb-4">
        <CardTitle className="flex flex-wrap items-center gap-2">
          Process <span className="font-mono text-sm">{process.process}</span>
          {isThis && <Badge tone="info">Answers this page</Badge>}
        </CardTitle>
        <CardDescription>{facts.join(" · ")}</CardDescription>
        <ul aria-label="Loops" className="mt-2 flex flex-wrap gap-1.5">
          {process.loops.map((loop) => (
            <li key={loop.name}>
              <Badge tone={loop.is_running ? "neutral" : "danger"} title={loop.last_error || undefined}>
                {loop.name}
                {loop.restarts > 0 && ` · started again ${loop.restarts} times`}
              </Badge>
            </li>
          ))}
        </ul>
      </CardHeader>
      {process.cache.length > 0 && <CacheTable process={process} />}
    </Card>
  );
}

const CacheTable = ({ process }: { process: Process }) => (
  <Table aria-label={`Cache of process ${process.process}`}>
    <TableHead>
      <tr>
        <Th>Kind</Th>
        <Th className="text-right">This process</Th>
        <Th className="text-right">Shared</Th>
        <Th className="text-right">Database</Th>
        <Th className="text-right">Hit rate</Th>
      </tr>
    </TableHead>
    <TableBody>
      {process.cache.map(({ kind, hits, shared, misses }) => (
        <TableRow key={kind}>
          <Td className="font-medium">{kind}</Td>
          <Td className="text-right tabular-nums">{count(hits)}</Td>
          <Td className="text-right tabular-nums">{count(shared)}</Td>
          <Td className="text-right tabular-nums">{count(misses)}</Td>
          <Td className="text-right tabular-nums">{share(hits + shared, hits + shared + misses)}</Td>
        </TableRow>
      ))}
    </TableBody>
  </Table>
);

function ForgetGuild() {
  const [guild_id, setGuildId] = useState("");
  const forget = $api.useMutation("post", "/api/v1/operator/cache/guilds/{guild_id}/forget");

  async function carryOut() {
    await forget.mutateAsync({ params: { path: { guild_id } } });
    setGuildId("");
    toast.success("What is kept of the server is read from the database again.");
  }

  return (
    <form
      className="flex flex-wrap gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void carryOut().catch(() => undefined);
      }}
    >
      <Input
        aria-label="Id of a server"
        placeholder="Id of a server"
        inputMode="numeric"
        className="w-52"
        value={guild_id}
        onChange={(event) => setGuildId(event.target.value.trim())}
      />
      <Button type="submit" variant="outline" disabled={!/^\d{17,20}$/.test(guild_id)} isBusy={forget.isPending}>
        Clear its cache
      </Button>
    </form>
  );
}
