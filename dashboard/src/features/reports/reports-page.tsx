"use client";

import { FlagIcon, SettingsIcon } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { $api } from "@/client";
import { Person } from "@/components/person";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Sheet } from "@/components/ui/dialog";
import { Page } from "@/components/ui/page";
import { Pager } from "@/components/ui/pager";
import { Select } from "@/components/ui/select";
import { Empty, Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { useCursor } from "@/hooks/use-cursor";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import { ago, when } from "@/lib/time";
import { ReportView } from "./report-view";
import { KINDS, OUTCOMES, STATES, type Report } from "./words";

const KIND_OPTIONS = [{ value: "all", label: "Reports and appeals" }, ...Object.entries(KINDS).map(([value, label]) => ({ value, label: `${label}s` }))];
const STATE_OPTIONS = [
  { value: "all", label: "Not closed" },
  { value: "open", label: "Open" },
  { value: "claimed", label: "Looked into" },
  { value: "closed", label: "Closed" },
];

/** The queue of reports and appeals, oldest worries last; one opens beside it. */
export function ReportsPage() {
  const guild_id = useGuildId();
  const address = useSearchParams();
  const path = usePathname();
  const router = useRouter();
  const rights = useRights();
  const kind = (Object.keys(KINDS) as Report["kind"][]).find((it) => it === address.get("kind"));
  const state = (Object.keys(STATES) as Report["state"][]).find((it) => it === address.get("state"));
  const open = Number(address.get("report")) || undefined;
  const cursor = useCursor(`${kind} ${state}`);
  const page = $api.useQuery(
    "get",
    "/api/v1/guilds/{guild_id}/reports",
    { params: { path: { guild_id }, query: { kind, state, limit: 25, after: cursor.after } } },
    { placeholderData: (before) => before },
  );
  function go(changes: Record<string, string | undefined>) {
    const query = new URLSearchParams(address);
    for (const [name, value] of Object.entries(changes)) {
      if (value && value !== "all") query.set(name, value);
      else query.delete(name);
    }
    router.replace(query.size ? `${path}?${query}` : path, { scroll: false });
  }
  return (
    <Page
      title="Reports and appeals"
      description="What members report, and what those who were punished ask you to look at again."
      actions={
        rights.has("view_settings") && (
          <Button variant="outline" asChild>
            <Link href={`/g/${guild_id}/settings/reports`}>
              <SettingsIcon aria-hidden />
              Settings
            </Link>
          </Button>
        )
      }
    >
      <Card>
        <div className="flex flex-wrap gap-3 border-b p-4">
          <Select aria-label="Kind" className="w-48 max-sm:w-full" value={kind ?? "all"} onValueChange={(value) => go({ kind: value })} options={KIND_OPTIONS} />
          <Select aria-label="State" className="w-40 max-sm:w-full" value={state ?? "all"} onValueChange={(value) => go({ state: value })} options={STATE_OPTIONS} />
        </div>
        <Loaded query={page}>
          {(data) =>
            data.reports.length === 0 ? (
              <Empty icon={FlagIcon} title="The queue is empty">
                Members report with a right click on a message or person. A channel for reports must be set first.
              </Empty>
            ) : (
              <Queue reports={data.reports} onOpen={(number) => go({ report: String(number) })} />
            )
          }
        </Loaded>
        <Pager cursor={cursor} next={page.data?.next_after == null ? null : String(page.data.next_after)} />
      </Card>
      <Sheet
        isOpen={open !== undefined}
        onOpenChange={() => go({ report: undefined })}
        title={`#${open ?? ""}`}
        className="w-[min(38rem,calc(100%-1rem))]"
      >
        {open !== undefined && <ReportView number={open} />}
      </Sheet>
    </Page>
  );
}

const Queue = ({ reports, onOpen }: { reports: readonly Report[]; onOpen: (number: number) => void }) => (
  <Table aria-label="Queue">
    <TableHead>
      <tr>
        <Th>Number</Th>
        <Th>About</Th>
        <Th>What it says</Th>
        <Th>State</Th>
        <Th>Who looks into it</Th>
        <Th>When</Th>
      </tr>
    </TableHead>
    <TableBody>
      {reports.map((it) => (
        <TableRow key={it.number} className="cursor-pointer" onClick={() => onOpen(it.number)}>
          <Td>
            <button type="button" className="whitespace-nowrap text-primary hover:underline" onClick={() => onOpen(it.number)}>
              {KINDS[it.kind]} #{it.number}
            </button>
          </Td>
          <Td className="max-w-44">
            <Person id={it.target_id} name={it.target_name} className="max-w-full" />
          </Td>
          <Td className="max-w-72 min-w-40">
            <span className="line-clamp-2 break-words">{it.text || it.evidence || (it.message_id ? "A message without text" : it.case_number ? `Case #${it.case_number}` : "")}</span>
          </Td>
          <Td>
            <Badge tone={it.outcome ? OUTCOMES[it.outcome].tone : STATES[it.state].tone}>
              {it.outcome ? OUTCOMES[it.outcome].label : STATES[it.state].label}
            </Badge>
          </Td>
          <Td className="max-w-44">{it.claimed_by && <Person id={it.claimed_by} name={it.claimed_name} className="max-w-full" />}</Td>
          <Td className="whitespace-nowrap text-muted-foreground" title={when(it.created_at)}>
            {ago(it.created_at)}
          </Td>
        </TableRow>
      ))}
    </TableBody>
  </Table>
);
