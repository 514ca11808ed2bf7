"use client";

import { BanIcon, PlusIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api } from "@/client";
import { LoadMore } from "@/components/load-more";
import { Person } from "@/components/person";
import { UserPicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/field";
import { Empty, Failed, RowsSkeleton } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { ago } from "@/lib/time";
import { problemsOf } from "./problems";
import { Section } from "./section";

const LIST = "/api/v1/guilds/{guild_id}/ticket-blocks";

/** Who may open no tickets. */
export function Blocks() {
  const guild_id = useGuildId();
  const [isNew, setNew] = useState(false);
  const changed = useRefresh(LIST);
  const query = $api.useInfiniteQuery(
    "get",
    LIST,
    { params: { path: { guild_id } } },
    { pageParamName: "after", initialPageParam: "0", getNextPageParam: (page) => page.next_after },
  );
  const unblock = $api.useMutation("delete", `${LIST}/{user_id}`, { onSuccess: changed });
  const blocks = query.data?.pages.flatMap((page) => page.blocks) ?? [];
  const add = (
    <Button size="sm" onClick={() => setNew(true)}>
      <PlusIcon aria-hidden />
      Block somebody
    </Button>
  );
  return (
    <Section title="Blocked from tickets" description="They can open no tickets; nothing else is kept from them." action={add}>
      {query.error && <Failed error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <RowsSkeleton rows={2} />}
      {query.data && blocks.length === 0 && (
        <Empty icon={BanIcon} title="Nobody is blocked">
          Block who misuses tickets, for good or for a time.
        </Empty>
      )}
      {blocks.length > 0 && (
        <ul className="divide-y border-t">
          {blocks.map((it) => (
            <li key={it.user_id} className="flex flex-wrap items-center gap-3 px-5 py-3">
              <div className="min-w-0 flex-1">
                <Person id={it.user_id} className="max-w-full" />
                <p className="text-sm break-words text-muted-foreground">{it.reason || "No reason given"}</p>
              </div>
              <span className="text-sm text-muted-foreground">{it.expires_at ? `Ends ${ago(it.expires_at)}` : "For good"}</span>
              <Confirm
                trigger={
                  <Button variant="outline" size="sm">
                    Unblock
                  </Button>
                }
                title="Let them open tickets again?"
                body="They can open tickets from the next moment on."
                action="Unblock"
                isDestructive={false}
                onConfirm={() => unblock.mutateAsync({ params: { path: { guild_id, user_id: it.user_id } } })}
              />
            </li>
          ))}
        </ul>
      )}
      <LoadMore query={query} label="Show more" />
      <Dialog isOpen={isNew} onOpenChange={setNew} title="Block somebody from tickets">
        {isNew && <BlockForm onDone={() => setNew(false)} />}
      </Dialog>
    </Section>
  );
}

function BlockForm({ onDone }: { onDone: () => void }) {
  const guild_id = useGuildId();
  const [user_id, setUser] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const [duration, setDuration] = useState("");
  const changed = useRefresh(LIST);
  const block = $api.useMutation("put", `${LIST}/{user_id}`, { meta: { isHandled: true } });
  const problems = problemsOf(block.error);
  async function save() {
    if (user_id === null) return;
    await block.mutateAsync({ params: { path: { guild_id, user_id } }, body: { reason, duration: duration.trim() || null } });
    toast.success("They can open no tickets now.");
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
      <Field label="Who">{(aria) => <UserPicker {...aria} value={user_id} onChange={setUser} />}</Field>
      <Field label="Reason" error={problems.reason}>
        {(aria) => <Textarea {...aria} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      <Field
        label="For how long"
        hint="Such as 2 days or 12 hours; empty for good."
        error={problems.duration ?? (block.error && !problems.reason ? block.error.detail : undefined)}
      >
        {(aria) => <Input {...aria} maxLength={40} value={duration} onChange={(event) => setDuration(event.target.value)} />}
      </Field>
      <Button type="submit" variant="destructive" className="justify-self-end" disabled={user_id === null} isBusy={block.isPending}>
        Block
      </Button>
    </form>
  );
}
