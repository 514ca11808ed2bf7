"use client";

import { HandIcon, UndoIcon } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { $api } from "@/client";
import { Person } from "@/components/person";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { LoadMore } from "@/components/load-more";
import { Failed, Loaded, RowsSkeleton } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useMe } from "@/hooks/use-me";
import { useRights } from "@/hooks/use-rights";
import { ago, when } from "@/lib/time";
import { AskForm } from "./ask-form";
import { Decide } from "./decide";
import { EVENTS, useReportChanges } from "./use-report-changes";
import { DECISIONS, HAPPENINGS, KINDS, OUTCOMES, STATES, type Report } from "./words";

/** A report or an appeal with all that happened to it, and what one can do about it. */
export function ReportView({ number }: { number: number }) {
  const guild_id = useGuildId();
  const report = $api.useQuery("get", "/api/v1/guilds/{guild_id}/reports/{number}", { params: { path: { guild_id, number } } });
  return <Loaded query={report}>{(found) => <Known report={found} />}</Loaded>;
}

function Known({ report }: { report: Report }) {
  const guildId = useGuildId();
  const rights = useRights();
  const isOpen = report.state !== "closed" && rights.has("moderate");
  return (
    <div className="grid gap-6">
      <div className="flex flex-wrap items-center gap-2 text-sm">
        <Badge>{KINDS[report.kind]}</Badge>
        <Badge tone={STATES[report.state].tone}>{STATES[report.state].label}</Badge>
        {report.outcome && <Badge tone={OUTCOMES[report.outcome].tone}>{OUTCOMES[report.outcome].label}</Badge>}
        <Link href={`/g/${guildId}/cases/person?id=${report.target_id}`} className="inline-flex hover:underline">
          <Person id={report.target_id} name={report.target_name} />
        </Link>
        {report.case_number !== null && (
          <Link className="text-primary hover:underline" href={`/g/${guildId}/cases/${report.case_number}`}>
            Case #{report.case_number}
          </Link>
        )}
      </div>
      {report.evidence && (
        <figure className="grid gap-2">
          <blockquote className="rounded-md border-l-4 bg-muted/60 p-3 text-sm whitespace-pre-wrap break-words">{report.evidence}</blockquote>
          {report.channel_id && report.message_id && (
            <figcaption>
              <a
                className="text-sm text-primary hover:underline"
                href={`https://discord.com/channels/${guildId}/${report.channel_id}/${report.message_id}`}
                target="_blank"
                rel="noreferrer noopener"
              >
                See it in Discord
              </a>
            </figcaption>
          )}
        </figure>
      )}
      {isOpen && <Work report={report} />}
      <section className="grid gap-3 border-t pt-4">
        <h2 className="text-sm font-semibold">What happened</h2>
        <History number={report.number} />
      </section>
    </div>
  );
}

function History({ number }: { number: number }) {
  const guild_id = useGuildId();
  const query = $api.useInfiniteQuery(
    "get",
    EVENTS,
    { params: { path: { guild_id, number } } },
    { pageParamName: "after", initialPageParam: null, getNextPageParam: (page) => page.next_after },
  );
  if (query.error) return <Failed error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <RowsSkeleton rows={2} />;
  return (
    <>
      <ol className="grid gap-4 border-l pl-4 text-sm">
        {query.data.pages
          .flatMap((page) => page.events)
          .map((it) => (
            <li key={it.position} className="grid gap-1">
              <p className="flex flex-wrap items-center gap-x-2">
                <Person id={it.actor_id} name={it.actor_name || "The bot"} />
                <span>{HAPPENINGS[it.happening]}</span>
                <time className="text-xs text-muted-foreground" dateTime={it.happened_at} title={when(it.happened_at)}>
                  {ago(it.happened_at)}
                </time>
              </p>
              {it.text && <p className="rounded-md bg-muted/60 p-2 whitespace-pre-wrap break-words">{it.text}</p>}
            </li>
          ))}
      </ol>
      <LoadMore query={query} label="Show later" />
    </>
  );
}

function Work({ report }: { report: Report }) {
  const me = useMe().data?.user.id;
  const changes = useReportChanges(report.number);
  const [decision, setDecision] = useState<(typeof DECISIONS)["report"][number] | null>(null);
  const isMine = report.claimed_by !== null && report.claimed_by === me;
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap gap-2">
        <Button variant="outline" size="sm" isBusy={changes.isClaiming} onClick={isMine ? changes.release : changes.claim}>
          {isMine ? <UndoIcon aria-hidden /> : <HandIcon aria-hidden />}
          {isMine ? "Give it back" : "Look into it"}
        </Button>
        {DECISIONS[report.kind === "appeal" ? "appeal" : "report"].map((it) => (
          <Button key={it.outcome} size="sm" variant={it.isDestructive ? "destructive" : "secondary"} onClick={() => setDecision(it)}>
            {it.label}
          </Button>
        ))}
      </div>
      <AskForm isBusy={changes.isAsking} onAsk={changes.ask} />
      {decision && <Decide decision={decision} changes={changes} number={report.number} onClose={() => setDecision(null)} />}
    </div>
  );
}
