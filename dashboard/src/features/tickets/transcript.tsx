"use client";

import { MessagesSquareIcon, RefreshCwIcon } from "lucide-react";
import { useMemo } from "react";
import { $api } from "@/client";
import { LoadMore } from "@/components/load-more";
import { Button } from "@/components/ui/button";
import { Card, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Empty, Failed, RowsSkeleton } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { TranscriptMessage } from "./transcript-message";

/** What was written in the ticket, as the bot has copied it. */
export function Transcript({ number }: { number: number }) {
  const guild_id = useGuildId();
  const query = $api.useInfiniteQuery(
    "get",
    "/api/v1/guilds/{guild_id}/tickets/{number}/messages",
    { params: { path: { guild_id, number }, query: { limit: 100 } } },
    // Each reading is in the audit log, so the page does not read again by itself.
    { pageParamName: "after", initialPageParam: "0", getNextPageParam: (page) => page.next_after, staleTime: Infinity },
  );
  const messages = useMemo(() => query.data?.pages.flatMap((page) => page.messages) ?? [], [query.data]);
  const names = useMemo(() => new Map(messages.map((it) => [it.author_id, it.author_name || it.author_id])), [messages]);
  return (
    <Card>
      <CardHeader className="flex-row items-start justify-between gap-4">
        <div className="grid gap-1.5">
          <CardTitle>Transcript</CardTitle>
          <CardDescription>Messages as they were written. The audit log tells that you read them.</CardDescription>
        </div>
        <Button variant="ghost" size="icon-sm" aria-label="Read again" title="Read again" isBusy={query.isRefetching} onClick={() => void query.refetch()}>
          {!query.isRefetching && <RefreshCwIcon aria-hidden />}
        </Button>
      </CardHeader>
      {query.error && <Failed error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <RowsSkeleton />}
      {query.data && messages.length === 0 && (
        <Empty icon={MessagesSquareIcon} title="Nothing was written">
          Messages of people appear here as they are written in the ticket.
        </Empty>
      )}
      {messages.length > 0 && (
        <ol className="grid gap-1 py-4" aria-label="Messages">
          {messages.map((message) => (
            <TranscriptMessage
              key={message.id}
              number={number}
              message={message}
              answered={message.reply_to ? messages.find((one) => one.id === message.reply_to) : undefined}
              names={names}
            />
          ))}
        </ol>
      )}
      <LoadMore query={query} label="Show later messages" />
    </Card>
  );
}
