"use client";

import { BugIcon, SearchIcon } from "lucide-react";
import { useState } from "react";
import { $api, type Schemas } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { Select } from "@/components/ui/select";
import { Empty, Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { ago, when } from "@/lib/time";
import { ErrorSheet, type Shown } from "./error-sheet";

type Group = Schemas["ErrorGroupOut"];

const SPANS = [
  { value: "1", label: "Last day" },
  { value: "7", label: "Last week" },
  { value: "30", label: "Last 30 days" },
  { value: "90", label: "Last 90 days" },
] as const;
type Span = (typeof SPANS)[number]["value"];

/** The errors that nobody expected, those of one place together. */
export function ErrorsPage() {
  const [days, setDays] = useState<Span>("7");
  const [shown, setShown] = useState<Shown>();
  const query = $api.useQuery("get", "/api/v1/operator/errors", { params: { query: { days: Number(days) } } });
  return (
    <Page
      title="Errors"
      description="What nobody expected. People are told an id to quote; look it up here."
      actions={
        <>
          <FindError onFind={(error_id) => setShown({ error_id })} />
          <Select aria-label="Span of time" className="w-36" value={days} onValueChange={setDays} options={SPANS} />
        </>
      }
    >
      <Card>
        <Loaded query={query}>
          {({ groups }) =>
            groups.length === 0 ? (
              <Empty icon={BugIcon} title="No errors in this time">
                Should one come up, it stands here with its stack, and how often it happened.
              </Empty>
            ) : (
              <GroupTable groups={groups} onShow={(group) => setShown({ group })} />
            )
          }
        </Loaded>
      </Card>
      {shown && <ErrorSheet shown={shown} onClose={() => setShown(undefined)} />}
    </Page>
  );
}

const GroupTable = ({ groups, onShow }: { groups: Group[]; onShow: (group: Group) => void }) => (
  <Table aria-label="Errors">
    <TableHead>
      <tr>
        <Th>Error</Th>
        <Th className="text-right">Times</Th>
        <Th>Last</Th>
        <Th>Seen</Th>
      </tr>
    </TableHead>
    <TableBody>
      {groups.map((group) => (
        <TableRow key={`${group.kind} ${group.place} ${group.error_type}`}>
          <Td className="max-w-lg">
            <button type="button" className="block w-full text-left hover:underline" onClick={() => onShow(group)}>
              <span className="font-medium">{group.error_type}</span>{" "}
              <span className="text-muted-foreground">
                in {group.kind} {group.place}
              </span>
              <span className="block truncate text-xs text-muted-foreground">{group.message}</span>
            </button>
          </Td>
          <Td className="text-right tabular-nums">{group.count.toLocaleString()}</Td>
          <Td title={when(group.last_at)} className="whitespace-nowrap">
            {ago(group.last_at)}
          </Td>
          <Td>
            {group.is_new ? <Badge tone="warning">New</Badge> : <span className="text-xs text-muted-foreground">by {group.seen_by_name}</span>}
          </Td>
        </TableRow>
      ))}
    </TableBody>
  </Table>
);

function FindError({ onFind }: { onFind: (errorId: string) => void }) {
  const [text, setText] = useState("");
  return (
    <form
      role="search"
      className="flex gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) onFind(text.trim());
      }}
    >
      <Input aria-label="Id of an error" placeholder="Id of an error" className="w-44" maxLength={64} value={text} onChange={(event) => setText(event.target.value)} />
      <Button type="submit" variant="outline" size="icon" aria-label="Find the error">
        <SearchIcon aria-hidden />
      </Button>
    </form>
  );
}
