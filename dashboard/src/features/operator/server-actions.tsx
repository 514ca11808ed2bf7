"use client";

import { EllipsisIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api, type Schemas } from "@/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { useRefresh } from "@/hooks/use-refresh";

type Server = Schemas["ServerOut"];
type Act = "leave" | "block";

const WORDS: Record<Act, { title: string; body: string; button: string }> = {
  leave: {
    title: "Leave this server",
    body: "The bot leaves within seconds. Its data is kept for the usual time, and whoever manages the server can invite it again.",
    button: "Leave",
  },
  block: {
    title: "Block this server",
    body: "The bot leaves, and leaves again whenever somebody invites it. Its managers are told the reason.",
    button: "Block and leave",
  },
};

/** What the operator can do about a server; each asks for a reason, which the audit log keeps. */
export function ServerActions({ server }: { server: Server }) {
  const [act, setAct] = useState<Act>();
  const refresh = useRefresh("/api/v1/operator/servers", "/api/v1/standings");
  const forget = $api.useMutation("post", "/api/v1/operator/cache/guilds/{guild_id}/forget");
  const lift = $api.useMutation("delete", "/api/v1/standings/{kind}/{subject_id}");
  const name = server.name ?? server.guild_id;

  async function readAnew() {
    await forget.mutateAsync({ params: { path: { guild_id: server.guild_id } } });
    toast.success(`What is kept of ${name} is read from the database again.`);
  }

  async function unblock() {
    await lift.mutateAsync({ params: { path: { kind: "guild", subject_id: server.guild_id } } });
    await refresh();
    toast.success(`${name} is no longer blocked.`);
  }

  return (
    <>
      <Menu>
        <MenuTrigger asChild>
          <Button variant="ghost" size="icon-sm" aria-label={`What to do about ${name}`}>
            <EllipsisIcon aria-hidden />
          </Button>
        </MenuTrigger>
        <MenuContent align="end">
          <MenuItem onSelect={() => void readAnew().catch(() => undefined)}>Clear its cache</MenuItem>
          {!server.left_at && <MenuItem onSelect={() => setAct("leave")}>Leave…</MenuItem>}
          {server.block ? (
            <MenuItem onSelect={() => void unblock().catch(() => undefined)}>Lift the block</MenuItem>
          ) : (
            <MenuItem onSelect={() => setAct("block")}>Block…</MenuItem>
          )}
        </MenuContent>
      </Menu>
      {act && <ReasonDialog act={act} server={server} onClose={() => setAct(undefined)} onDone={refresh} />}
    </>
  );
}

type ReasonProps = { act: Act; server: Server; onClose: () => void; onDone: () => Promise<void> };

function ReasonDialog({ act, server, onClose, onDone }: ReasonProps) {
  const [reason, setReason] = useState("");
  const leave = $api.useMutation("post", "/api/v1/operator/servers/{guild_id}/leave");
  const block = $api.useMutation("post", "/api/v1/standings");
  const words = WORDS[act];

  async function carryOut() {
    const guild_id = server.guild_id;
    if (act === "leave") await leave.mutateAsync({ params: { path: { guild_id } }, body: { reason } });
    else await block.mutateAsync({ body: { subject_kind: "guild", subject_id: guild_id, status: "blocked", reason, leave: true, is_silent: false } });
    await onDone();
    toast.success(act === "leave" ? "The bot leaves." : "The server is blocked.");
    onClose();
  }

  return (
    <Dialog isOpen onOpenChange={(isOpen) => !isOpen && onClose()} title={words.title} description={words.body}>
      <form
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          void carryOut().catch(() => undefined);
        }}
      >
        <Field label="Reason" hint={server.name ?? server.guild_id}>
          {(aria) => <Input {...aria} required maxLength={300} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <Button
          type="submit"
          variant="destructive"
          className="justify-self-end"
          disabled={!reason.trim()}
          isBusy={leave.isPending || block.isPending}
        >
          {words.button}
        </Button>
      </form>
    </Dialog>
  );
}
