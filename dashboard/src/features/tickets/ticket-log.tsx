"use client";

import { useState } from "react";
import { toast } from "sonner";
import { $api, once, type Schemas } from "@/client";
import { Person } from "@/components/person";
import { Button } from "@/components/ui/button";
import { Field, Textarea } from "@/components/ui/field";
import { Failed, RowsSkeleton } from "@/components/ui/states";
import { LoadMore } from "@/components/load-more";
import { useGuildId } from "@/hooks/use-guild-id";
import { ago, when } from "@/lib/time";
import { useTicketChanged } from "./use-tickets";
import { happened } from "./words";

const PATH = "/api/v1/guilds/{guild_id}/tickets/{number}/events";

/** The ticket's activity log, and the notes that the staff writes for one another. */
export function TicketLog({ number, isTeam }: { number: number; isTeam: boolean }) {
  const guild_id = useGuildId();
  const log = $api.useInfiniteQuery(
    "get",
    PATH,
    { params: { path: { guild_id, number } } },
    { pageParamName: "after", initialPageParam: null, getNextPageParam: (page) => page.next_after },
  );
  if (log.error) return <Failed error={log.error} onRetry={() => void log.refetch()} />;
  if (!log.data) return <RowsSkeleton rows={4} />;
  return (
    <div className="grid gap-4">
      {isTeam && <NoteForm number={number} />}
      <ol className="grid gap-3 border-l pl-4">
        {log.data.pages
          .flatMap((page) => page.events)
          .map((entry) => (
            <Entry key={entry.event} entry={entry} />
          ))}
      </ol>
      <LoadMore query={log} label="Show later" />
    </div>
  );
}

/** Words that begin small need somebody who did it. */
const byTheBot = (words: string) => (/^[a-z]/.test(words) ? `The bot ${words}` : words);

const Entry = ({ entry }: { entry: Schemas["EventOut"] }) => (
  <li className="text-sm">
    <span className="flex flex-wrap items-center gap-x-1.5">
      {entry.actor_id && <Person id={entry.actor_id} name={entry.actor_name} className="font-medium" />}
      <span>{entry.actor_id ? happened(entry.happening) : byTheBot(happened(entry.happening))}</span>
    </span>
    <Detail details={entry.details} />
    <time dateTime={entry.happened_at} title={when(entry.happened_at)} className="text-xs text-muted-foreground">
      {ago(entry.happened_at)}
    </time>
  </li>
);

function Detail({ details }: { details: Schemas["EventOut"]["details"] }) {
  const text = (name: string) => (typeof details[name] === "string" ? details[name] : "");
  const note = text("note") || text("reason") || text("tag") || text("reply") || text("name");
  if (note) return <p className="my-1 rounded-md bg-muted px-2 py-1 break-words whitespace-pre-wrap">{note}</p>;
  if (text("user_id")) return <Person id={text("user_id")} className="my-1" />;
  return text("after") ? <p className="text-muted-foreground">{`${text("before")} → ${text("after")}`}</p> : null;
}

function NoteForm({ number }: { number: number }) {
  const guild_id = useGuildId();
  const [note, setNote] = useState("");
  const changed = useTicketChanged();
  const add = $api.useMutation("post", "/api/v1/guilds/{guild_id}/tickets/{number}/notes");
  async function send() {
    await add.mutateAsync({ params: { path: { guild_id, number } }, headers: once(), body: { note } });
    setNote("");
    toast.success("The note is written.");
    await changed();
  }
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        send().catch(() => {});
      }}
    >
      <Field label="Note for the staff" hint="Whoever opened the ticket does not see it.">
        {(aria) => <Textarea {...aria} maxLength={1000} value={note} onChange={(event) => setNote(event.target.value)} />}
      </Field>
      <Button type="submit" size="sm" variant="secondary" className="justify-self-end" disabled={!note.trim()} isBusy={add.isPending}>
        Add note
      </Button>
    </form>
  );
}
