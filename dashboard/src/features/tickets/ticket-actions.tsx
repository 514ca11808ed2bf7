"use client";

import { useState } from "react";
import { toast } from "sonner";
import { $api } from "@/client";
import { UserPicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Field, Textarea } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { useGuildId } from "@/hooks/use-guild-id";
import { useMe } from "@/hooks/use-me";
import { useTicketChanged } from "./use-tickets";
import { choices, isLive, isTeam, PRIORITIES, type TicketFull, type TicketPriority } from "./words";

type Props = { ticket: TicketFull };
const PRIORITY_CHOICES = choices(PRIORITIES, "").slice(1);

/** What the reader may do with the ticket now; the rest is not offered. */
export function TicketActions({ ticket }: Props) {
  const me = useMe().data?.user.id;
  const path = { guild_id: useGuildId(), number: ticket.number };
  const changed = useTicketChanged();
  const claim = $api.useMutation("post", "/api/v1/guilds/{guild_id}/tickets/{number}/claim", { onSuccess: changed });
  const unclaim = $api.useMutation("post", "/api/v1/guilds/{guild_id}/tickets/{number}/unclaim", { onSuccess: changed });
  const reopen = $api.useMutation("post", "/api/v1/guilds/{guild_id}/tickets/{number}/reopen", { onSuccess: changed });
  const team = isTeam(ticket);
  const live = isLive(ticket.state) && ticket.state !== "opening";
  const mayEnd = team || ticket.parts.includes("opener");
  const mayGiveBack = ticket.assignee_id && (ticket.parts.includes("admin") || ticket.assignee_id === me);
  if (!mayEnd) return null;
  return (
    <Card className="flex flex-wrap items-end gap-3 p-4">
      {team && (live || ticket.state === "closed") && <Priority ticket={ticket} />}
      {team && live && <Assign ticket={ticket} />}
      {team && live && !ticket.assignee_id && (
        <Button variant="outline" isBusy={claim.isPending} onClick={() => claim.mutate({ params: { path } })}>
          Take it
        </Button>
      )}
      {team && live && mayGiveBack && (
        <Button variant="outline" isBusy={unclaim.isPending} onClick={() => unclaim.mutate({ params: { path } })}>
          Give it back
        </Button>
      )}
      {isLive(ticket.state) && <Close ticket={ticket} />}
      {ticket.state === "closed" && (
        <Confirm
          trigger={<Button variant="outline">Reopen</Button>}
          title={`Open ticket #${ticket.number} again?`}
          body="Its channel is opened for everybody in it, or made anew if it is gone."
          action="Reopen"
          isDestructive={false}
          onConfirm={() => reopen.mutateAsync({ params: { path } })}
        />
      )}
    </Card>
  );
}

function Priority({ ticket }: Props) {
  const guild_id = useGuildId();
  const set = $api.useMutation("post", "/api/v1/guilds/{guild_id}/tickets/{number}/priority", { onSuccess: useTicketChanged() });
  const change = (priority: string) =>
    set.mutate({ params: { path: { guild_id, number: ticket.number } }, body: { priority: priority as TicketPriority } });
  return (
    <Field label="Priority" className="w-36 max-sm:grow">
      {(aria) => <Select {...aria} value={ticket.priority} onValueChange={change} options={PRIORITY_CHOICES} disabled={set.isPending} />}
    </Field>
  );
}

function Assign({ ticket }: Props) {
  const guild_id = useGuildId();
  const assign = $api.useMutation("post", "/api/v1/guilds/{guild_id}/tickets/{number}/assign", { onSuccess: useTicketChanged() });
  const give = (user_id: string | null) =>
    user_id && user_id !== ticket.assignee_id && assign.mutate({ params: { path: { guild_id, number: ticket.number } }, body: { user_id } });
  return (
    <Field label="Answered by" className="w-56 max-sm:grow">
      {(aria) => <UserPicker {...aria} value={ticket.assignee_id} onChange={give} isClearable={false} disabled={assign.isPending} />}
    </Field>
  );
}

function Close({ ticket }: Props) {
  const guild_id = useGuildId();
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const changed = useTicketChanged();
  const close = $api.useMutation("post", "/api/v1/guilds/{guild_id}/tickets/{number}/close");
  async function send() {
    await close.mutateAsync({ params: { path: { guild_id, number: ticket.number } }, body: { reason } });
    setOpen(false);
    toast.success(`Ticket #${ticket.number} is closed.`);
    await changed();
  }
  return (
    <>
      <Button variant="destructive" className="ml-auto" onClick={() => setOpen(true)}>
        Close
      </Button>
      <Dialog
        isOpen={isOpen}
        onOpenChange={setOpen}
        title={`Close ticket #${ticket.number}?`}
        description="Its channel stays and can be read; the transcript is made and sent to whom it concerns."
      >
        <form
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            send().catch(() => {});
          }}
        >
          <Field label="Why" hint="Whoever opened it is told.">
            {(aria) => <Textarea {...aria} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />}
          </Field>
          <Button type="submit" variant="destructive" className="justify-self-end" isBusy={close.isPending}>
            Close ticket
          </Button>
        </form>
      </Dialog>
    </>
  );
}
