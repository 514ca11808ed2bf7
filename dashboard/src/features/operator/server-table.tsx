"use client";

import { ServerIcon } from "lucide-react";
import { $api, type Schemas } from "@/client";
import { Avatar } from "@/components/ui/avatar";
import { Badge } from "@/components/ui/badge";
import { CopyText } from "@/components/ui/copy-text";
import { Pager } from "@/components/ui/pager";
import { Empty, Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { useCursor } from "@/hooks/use-cursor";
import { ago, when } from "@/lib/time";
import { ServerActions } from "./server-actions";

type Server = Schemas["ServerOut"];

/** Servers with their members and last use; their names come from the bot processes. */
export function ServerTable({ query: search, isGone }: { query: string; isGone: boolean }) {
  const cursor = useCursor(`${search} ${isGone}`);
  const query = $api.useQuery("get", "/api/v1/operator/servers", {
    params: { query: { query: search, is_gone: isGone, after: cursor.after } },
  });
  return (
    <Loaded query={query}>
      {({ servers, next_after }) => (
        <>
          {servers.length === 0 ? (
            <Empty icon={ServerIcon} title={search ? "No server is called so" : isGone ? "The bot has left no server" : "The bot is in no server yet"}>
              {search ? "Names are known of servers whose bot process runs; ids always work." : "Invite it from the page of servers."}
            </Empty>
          ) : (
            <Table aria-label="Servers">
              <TableHead>
                <tr>
                  <Th>Server</Th>
                  <Th className="text-right">Members</Th>
                  <Th>{isGone ? "Left" : "Joined"}</Th>
                  <Th>Last used</Th>
                  <Th>Standing</Th>
                  <Th>
                    <span className="sr-only">What one can do</span>
                  </Th>
                </tr>
              </TableHead>
              <TableBody>
                {servers.map((server) => (
                  <ServerRow key={server.guild_id} server={server} />
                ))}
              </TableBody>
            </Table>
          )}
          <Pager cursor={cursor} next={next_after} />
        </>
      )}
    </Loaded>
  );
}

function ServerRow({ server }: { server: Server }) {
  const since = server.left_at ?? server.joined_at;
  return (
    <TableRow>
      <Td>
        <div className="flex max-w-72 min-w-44 items-center gap-3">
          <Avatar name={server.name ?? "?"} src={server.icon_url} className="size-8" />
          <div className="min-w-0">
            <p className="truncate font-medium">{server.name ?? "Name not known"}</p>
            <CopyText text={server.guild_id} />
          </div>
        </div>
      </Td>
      <Td className="text-right tabular-nums">{server.member_count?.toLocaleString() ?? "–"}</Td>
      <Td title={when(since)} className="whitespace-nowrap">
        {ago(since)}
      </Td>
      <Td className="whitespace-nowrap">{server.last_used ?? "Never"}</Td>
      <Td>{server.block && <Badge tone="danger" title={server.block.reason}>Blocked</Badge>}</Td>
      <Td>
        <ServerActions server={server} />
      </Td>
    </TableRow>
  );
}
