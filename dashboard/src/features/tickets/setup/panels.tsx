"use client";

import { MessageSquarePlusIcon, PlusIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api, once, type Schemas } from "@/client";
import { ChannelName } from "@/components/channel-name";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Empty, Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useSetupChanged } from "./categories";
import { PanelForm } from "./panel-form";
import { Section } from "./section";

type Panel = Schemas["PanelOut"];

export function Panels() {
  const guild_id = useGuildId();
  const query = $api.useQuery("get", "/api/v1/guilds/{guild_id}/ticket-panels", { params: { path: { guild_id } } });
  const [edited, setEdited] = useState<Panel | "new" | null>(null);
  const add = (
    <Button size="sm" onClick={() => setEdited("new")}>
      <PlusIcon aria-hidden />
      New panel
    </Button>
  );
  return (
    <Section title="Panels" description="Messages with buttons or a menu, from which people open tickets." action={add}>
      <Loaded query={query}>
        {({ panels }) =>
          panels.length === 0 ? (
            <Empty icon={MessageSquarePlusIcon} title="No panel yet">
              Post a panel in a channel that everybody sees, and people open tickets with one click.
            </Empty>
          ) : (
            <ul className="divide-y border-t">
              {panels.map((it) => (
                <Row key={it.number} panel={it} onEdit={() => setEdited(it)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      <Dialog isOpen={edited !== null} onOpenChange={() => setEdited(null)} title={edited === "new" ? "New panel" : "Change panel"}>
        {edited && <PanelForm panel={edited === "new" ? null : edited} onDone={() => setEdited(null)} />}
      </Dialog>
    </Section>
  );
}

function Row({ panel, onEdit }: { panel: Panel; onEdit: () => void }) {
  const path = { guild_id: useGuildId(), number: panel.number };
  const changed = useSetupChanged();
  const repost = $api.useMutation("post", "/api/v1/guilds/{guild_id}/ticket-panels/{number}/repost");
  const remove = $api.useMutation("delete", "/api/v1/guilds/{guild_id}/ticket-panels/{number}");
  async function again() {
    await repost.mutateAsync({ params: { path }, headers: once() });
    toast.success("The bot posts the panel again.");
    await changed();
  }
  async function take() {
    await remove.mutateAsync({ params: { path } });
    toast.success("The panel is deleted.");
    await changed();
  }
  return (
    <li className="flex flex-wrap items-center gap-3 px-5 py-3">
      <div className="min-w-0 flex-1">
        <p className="font-medium break-words">{panel.title}</p>
        <p className="mt-1 flex flex-wrap items-center gap-2 text-sm text-muted-foreground">
          <ChannelName id={panel.channel_id} />
          <span className="break-words">{panel.categories.length ? panel.categories.join(", ") : "It offers nothing."}</span>
          {!panel.message_id && !panel.failure && <Badge tone="info">Not posted yet</Badge>}
        </p>
        {panel.failure && <p className="mt-1 text-sm text-warning">{panel.failure}</p>}
      </div>
      <Button variant="outline" size="sm" onClick={onEdit}>
        Change
      </Button>
      <Button variant="ghost" size="sm" isBusy={repost.isPending} onClick={() => void again().catch(() => {})}>
        Post again
      </Button>
      <Confirm
        trigger={
          <Button variant="ghost" size="sm">
            Delete
          </Button>
        }
        title={`Delete the panel ${panel.title}?`}
        body="Its message is deleted. Tickets that were opened from it stay."
        action="Delete"
        onConfirm={take}
      />
    </li>
  );
}
