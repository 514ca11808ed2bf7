"use client";

import { PencilIcon, PlusIcon, TagIcon } from "lucide-react";
import { useState } from "react";
import { $api, type Schemas } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Empty, Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { useGuildId } from "@/hooks/use-guild-id";
import { TypeForm } from "./type-form";

type OwnType = Schemas["TypeOut"];

/** The server's own types of cases; they are archived, never deleted, because old cases name them. */
export function CaseTypes() {
  const guild_id = useGuildId();
  const types = $api.useQuery("get", "/api/v1/guilds/{guild_id}/case-types", { params: { path: { guild_id } } });
  const [edited, setEdited] = useState<OwnType | "new" | null>(null);
  const add = (
    <Button size="sm" onClick={() => setEdited("new")}>
      <PlusIcon aria-hidden />
      New type
    </Button>
  );
  return (
    <Card>
      <Loaded query={types}>
        {(found) =>
          found.length === 0 ? (
            <Empty icon={TagIcon} title="No types of your own" action={add}>
              Make one for what your server tells apart, such as advertising or spoilers; its severity counts on the ladder.
            </Empty>
          ) : (
            <>
              <div className="flex justify-end border-b p-3">{add}</div>
              <Table aria-label="Own types of cases">
                <TableHead>
                  <tr>
                    <Th>Name</Th>
                    <Th>Points</Th>
                    <Th>Duration</Th>
                    <Th>State</Th>
                    <Th>
                      <span className="sr-only">Edit</span>
                    </Th>
                  </tr>
                </TableHead>
                <TableBody>
                  {found.map((it) => (
                    <TableRow key={it.name}>
                      <Td>
                        <p className="font-medium">{it.display_name}</p>
                        <p className="text-xs text-muted-foreground">{it.description || it.name}</p>
                      </Td>
                      <Td className="tabular-nums">{it.severity}</Td>
                      <Td>{it.requires_duration ? "Needed" : "May have one"}</Td>
                      <Td>
                        <Badge tone={it.is_archived ? "neutral" : "success"}>{it.is_archived ? "Archived" : "In use"}</Badge>
                      </Td>
                      <Td className="text-right">
                        <Button variant="ghost" size="icon-sm" aria-label={`Edit ${it.display_name}`} onClick={() => setEdited(it)}>
                          <PencilIcon aria-hidden />
                        </Button>
                      </Td>
                    </TableRow>
                  ))}
                </TableBody>
              </Table>
            </>
          )
        }
      </Loaded>
      {edited && <TypeForm type={edited === "new" ? undefined : edited} onClose={() => setEdited(null)} />}
    </Card>
  );
}
