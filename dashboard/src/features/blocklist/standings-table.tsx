"use client";

import { BanIcon, Trash2Icon } from "lucide-react";
import type { ReactNode } from "react";
import type { Schemas } from "@/client";
import { LoadMore } from "@/components/load-more";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Empty, Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { ago, when } from "@/lib/time";

export type Standing = Schemas["StandingOut"];
type Pages = {
  data: { pages: Schemas["StandingPage"][] } | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
};

type StandingsTableProps = {
  query: Pages;
  subject: (standing: Standing) => ReactNode;
  setter: (standing: Standing) => ReactNode;
  onLift: (standing: Standing) => Promise<unknown>;
  canEdit: boolean;
  empty: string;
};

/** People, or servers, who are blocked or trusted. */
export function StandingsTable({ query, subject, setter, onLift, canEdit, empty }: StandingsTableProps) {
  return (
    <Card>
      <Loaded query={query}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.standings);
          if (all.length === 0)
            return (
              <Empty icon={BanIcon} title="Nobody here">
                {empty}
              </Empty>
            );
          return (
            <Table aria-label="Block-list">
              <TableHead>
                <TableRow>
                  <Th>Who</Th>
                  <Th>Standing</Th>
                  <Th>Reason</Th>
                  <Th>Ends</Th>
                  <Th>Set by</Th>
                  <Th>
                    <span className="sr-only">Actions</span>
                  </Th>
                </TableRow>
              </TableHead>
              <TableBody>
                {all.map((standing) => (
                  <TableRow key={`${standing.subject_kind}${standing.subject_id}`}>
                    <Td className="max-w-56">{subject(standing)}</Td>
                    <Td className="whitespace-nowrap">
                      <Status standing={standing} />
                    </Td>
                    <Td className="max-w-72 min-w-32 break-words">{standing.reason || <span className="text-muted-foreground">none given</span>}</Td>
                    <Td className="whitespace-nowrap" title={standing.expires_at ? when(standing.expires_at) : undefined}>
                      {standing.expires_at ? ago(standing.expires_at) : <span className="text-muted-foreground">never</span>}
                    </Td>
                    <Td className="max-w-48">
                      <div className="grid gap-0.5">
                        {setter(standing)}
                        <span className="text-xs text-muted-foreground" title={when(standing.set_at)}>
                          {ago(standing.set_at)}
                        </span>
                      </div>
                    </Td>
                    <Td className="text-right">{canEdit && <Lift standing={standing} onLift={onLift} subject={subject(standing)} />}</Td>
                  </TableRow>
                ))}
              </TableBody>
            </Table>
          );
        }}
      </Loaded>
      <LoadMore query={query} />
    </Card>
  );
}

const Status = ({ standing }: { standing: Standing }) => (
  <span className="inline-flex gap-1.5">
    <Badge tone={standing.status === "blocked" ? "danger" : "success"}>{standing.status === "blocked" ? "Blocked" : "Trusted"}</Badge>
    {standing.is_silent && <Badge>silent</Badge>}
  </span>
);

function Lift({ standing, onLift, subject }: { standing: Standing; onLift: StandingsTableProps["onLift"]; subject: ReactNode }) {
  const isBlock = standing.status === "blocked";
  return (
    <Confirm
      trigger={
        <Button variant="ghost" size="icon-sm" aria-label={isBlock ? "Lift the block" : "Take the trust back"}>
          <Trash2Icon aria-hidden />
        </Button>
      }
      title={isBlock ? "Lift this block?" : "Take this trust back?"}
      body={
        <div className="grid gap-2">
          {subject}
          <p>{isBlock ? "They can use the bot again at once." : "What protects against strangers counts for them again."}</p>
        </div>
      }
      action={isBlock ? "Lift" : "Take back"}
      onConfirm={() => onLift(standing).then(() => undefined)}
    />
  );
}
