"use client";

import { NotebookPenIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";
import { $api, once } from "@/client";
import { Person } from "@/components/person";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Textarea } from "@/components/ui/field";
import { Loaded, RowsSkeleton } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { useRights } from "@/hooks/use-rights";
import { ago, when } from "@/lib/time";

const NOTES = "/api/v1/guilds/{guild_id}/notes";

/** What moderators tell each other of a member; the member never sees it. */
export function Notes({ target }: { target: { id: string; name: string } }) {
  const guild_id = useGuildId();
  const rights = useRights();
  const refresh = useRefresh(NOTES);
  const notes = $api.useQuery("get", NOTES, { params: { path: { guild_id }, query: { target: target.id } } });
  const remove = $api.useMutation("delete", "/api/v1/guilds/{guild_id}/notes/{number}", { onSuccess: refresh });
  return (
    <div className="grid gap-4">
      {rights.has("moderate") && <NewNote target={target} />}
      <Loaded query={notes} skeleton={<RowsSkeleton rows={1} />}>
        {(page) =>
          page.notes.length === 0 ? (
            <p className="text-sm text-muted-foreground">No notes yet.</p>
          ) : (
            <ul className="grid gap-3">
              {page.notes.map((note) => (
                <li key={note.number} className="grid gap-1 rounded-md border p-3 text-sm">
                  <p className="flex items-center gap-2 text-xs text-muted-foreground">
                    <Person id={note.moderator_id} name={note.moderator_name || "A program"} />
                    <time dateTime={note.created_at} title={when(note.created_at)}>
                      {ago(note.created_at)}
                    </time>
                    {rights.has("moderate") && (
                      <Confirm
                        trigger={
                          <Button variant="ghost" size="icon-sm" className="ml-auto" aria-label={`Delete note ${note.number}`}>
                            <Trash2Icon aria-hidden />
                          </Button>
                        }
                        title="Delete this note?"
                        body="The audit log keeps what it said."
                        action="Delete"
                        onConfirm={() => remove.mutateAsync({ params: { path: { guild_id, number: note.number }, header: once() } })}
                      />
                    )}
                  </p>
                  <p className="whitespace-pre-wrap break-words">{note.content}</p>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </div>
  );
}

function NewNote({ target }: { target: { id: string; name: string } }) {
  const guild_id = useGuildId();
  const refresh = useRefresh(NOTES);
  const [content, setContent] = useState("");
  const add = $api.useMutation("post", NOTES, {
    onSuccess: async () => {
      setContent("");
      await refresh();
    },
  });
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate({
          params: { path: { guild_id }, header: once() },
          body: { target_id: target.id, target_name: target.name, content },
        });
      }}
    >
      <Textarea
        aria-label="New note"
        placeholder="Write a note for the other moderators"
        maxLength={1000}
        className="min-h-16"
        value={content}
        onChange={(event) => setContent(event.target.value)}
      />
      <Button type="submit" variant="secondary" size="sm" className="justify-self-start" isBusy={add.isPending} disabled={!content.trim()}>
        <NotebookPenIcon aria-hidden />
        Add note
      </Button>
    </form>
  );
}
