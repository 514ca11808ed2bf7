"use client";

import { MessageSquareTextIcon, PlusIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api, once, type Schemas } from "@/client";
import { Button } from "@/components/ui/button";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/field";
import { Empty, Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { useRights } from "@/hooks/use-rights";
import { problemsOf } from "./problems";
import { Section } from "./section";

type Reply = Schemas["ReplyOut"];
const LIST = "/api/v1/guilds/{guild_id}/ticket-replies";

/** Answers that the staff uses again and again. */
export function Replies() {
  const guild_id = useGuildId();
  const mayEdit = useRights().has("edit_settings");
  const query = $api.useQuery("get", LIST, { params: { path: { guild_id } } });
  const [edited, setEdited] = useState<Reply | "new" | null>(null);
  const add = mayEdit && (
    <Button size="sm" onClick={() => setEdited("new")}>
      <PlusIcon aria-hidden />
      New answer
    </Button>
  );
  return (
    <Section title="Kept answers" description="The staff says them in a ticket with /reply use." action={add}>
      <Loaded query={query}>
        {({ replies }) =>
          replies.length === 0 ? (
            <Empty icon={MessageSquareTextIcon} title="No kept answer yet">
              Keep what is said often, such as how a refund works.
            </Empty>
          ) : (
            <ul className="divide-y border-t">
              {replies.map((it) => (
                <Row key={it.name} reply={it} onEdit={mayEdit ? () => setEdited(it) : undefined} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <Dialog isOpen={edited !== null} onOpenChange={() => setEdited(null)} title={edited === "new" ? "New answer" : "Change answer"}>
        {edited && <ReplyForm reply={edited === "new" ? null : edited} onDone={() => setEdited(null)} />}
      </Dialog>
    </Section>
  );
}

function Row({ reply, onEdit }: { reply: Reply; onEdit?: () => void }) {
  const guild_id = useGuildId();
  const changed = useRefresh(LIST);
  const remove = $api.useMutation("delete", `${LIST}/{name}`, { onSuccess: changed });
  return (
    <li className="flex flex-wrap items-center gap-3 px-5 py-3">
      <div className="min-w-0 flex-1">
        <p className="font-mono text-sm break-all">{reply.name}</p>
        <p className="line-clamp-2 text-sm break-words text-muted-foreground">{reply.content}</p>
      </div>
      {onEdit && (
        <>
          <Button variant="outline" size="sm" onClick={onEdit}>
            Change
          </Button>
          <Confirm
            trigger={
              <Button variant="ghost" size="sm">
                Delete
              </Button>
            }
            title={`Delete the answer ${reply.name}?`}
            body="The staff cannot use it any more. What was said with it stays."
            action="Delete"
            onConfirm={() => remove.mutateAsync({ params: { path: { guild_id, name: reply.name } } })}
          />
        </>
      )}
    </li>
  );
}

function ReplyForm({ reply, onDone }: { reply: Reply | null; onDone: () => void }) {
  const guild_id = useGuildId();
  const [name, setName] = useState(reply?.name ?? "");
  const [content, setContent] = useState(reply?.content ?? "");
  const [key] = useState(once);
  const changed = useRefresh(LIST);
  const meta = { meta: { isHandled: true } };
  const add = $api.useMutation("post", LIST, meta);
  const change = $api.useMutation("put", `${LIST}/{name}`, meta);
  const error = add.error ?? change.error;
  const problems = problemsOf(error);
  async function save() {
    if (reply) await change.mutateAsync({ params: { path: { guild_id, name } }, body: { content } });
    else await add.mutateAsync({ params: { path: { guild_id } }, headers: key, body: { name, content } });
    toast.success("The answer is kept.");
    await changed();
    onDone();
  }
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save().catch(() => {});
      }}
    >
      <Field label="Name" hint="Letters, digits and dashes." error={problems.name}>
        {(aria) => (
          <Input {...aria} required maxLength={32} disabled={reply !== null} value={name} onChange={(event) => setName(event.target.value)} />
        )}
      </Field>
      <Field
        label="Answer"
        hint="{user}, {staff}, {number} and {category} are replaced."
        error={problems.content ?? (error && !problems.name ? error.detail : undefined)}
      >
        {(aria) => <Textarea {...aria} required rows={6} maxLength={2000} value={content} onChange={(event) => setContent(event.target.value)} />}
      </Field>
      <Button type="submit" className="justify-self-end" isBusy={add.isPending || change.isPending}>
        Keep answer
      </Button>
    </form>
  );
}
