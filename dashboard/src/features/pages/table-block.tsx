"use client";

import { TableIcon } from "lucide-react";
import { $api, type Schemas } from "@/client";
import { Card, CardHeader, CardTitle } from "@/components/ui/card";
import { Pager } from "@/components/ui/pager";
import { Empty, Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { useCursor } from "@/hooks/use-cursor";
import { Cell } from "./cell";
import type { PageAddress } from "./data-page";

/** A table of a feature, read in pieces; when it fails, the other blocks stay. */
export function TableBlock({ block, address }: { block: Schemas["TableBlock"]; address: PageAddress }) {
  const path = { ...address, block: block.name };
  const cursor = useCursor(JSON.stringify(path));
  const query = $api.useQuery("get", "/api/v1/guilds/{guild_id}/pages/{feature}/{page}/tables/{block}", {
    params: { path, query: { after: cursor.after } },
  });
  return (
    <Card>
      <CardHeader className="pb-3">
        <CardTitle>{block.title}</CardTitle>
      </CardHeader>
      <Loaded query={query}>
        {(found) => (
          <>
            {found.rows.length === 0 ? (
              <Empty icon={TableIcon} title={block.empty} />
            ) : (
              <Table aria-label={block.title}>
                <TableHead>
                  <tr>
                    {block.columns.map((column) => (
                      <Th key={column.name} className={column.kind === "number" ? "text-right" : undefined}>
                        {column.label}
                      </Th>
                    ))}
                  </tr>
                </TableHead>
                <TableBody>
                  {found.rows.map((row, index) => (
                    <TableRow key={index}>
                      {block.columns.map((column) => (
                        <Td key={column.name} className={column.kind === "number" ? "text-right" : undefined}>
                          <Cell kind={column.kind} value={row[column.name]} />
                        </Td>
                      ))}
                    </TableRow>
                  ))}
                </TableBody>
              </Table>
            )}
            <Pager cursor={cursor} next={found.next_after} newer="Back" older="Next" />
          </>
        )}
      </Loaded>
    </Card>
  );
}
