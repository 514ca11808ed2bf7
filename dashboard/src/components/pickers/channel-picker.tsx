"use client";

import { FolderIcon, HashIcon, MegaphoneIcon, MessagesSquareIcon, RadioIcon, Volume2Icon, type LucideIcon } from "lucide-react";
import type { Schemas } from "@/client";
import { useLiveGuild } from "@/hooks/use-live-guild";
import { Picker, type PickerProps } from "./picker";

export type ChannelKind = "text" | "news" | "voice" | "stage_voice" | "forum" | "category";

const ICONS: Record<string, LucideIcon> = {
  text: HashIcon,
  news: MegaphoneIcon,
  voice: Volume2Icon,
  stage_voice: RadioIcon,
  forum: MessagesSquareIcon,
  category: FolderIcon,
};

type Channel = Schemas["LiveChannelOut"];

/** Channels of the server, under their categories; `kinds` leaves out others. */
export function ChannelPicker({ kinds, ...props }: PickerProps & { kinds?: readonly ChannelKind[] }) {
  const guild = useLiveGuild();
  const channels = guild.data?.channels ?? [];
  const categories = new Map(channels.filter((it) => it.kind === "category").map((it) => [it.id, it.name]));
  const isWanted = (channel: Channel) => (kinds ? kinds.some((kind) => kind === channel.kind) : channel.kind !== "category");
  const choices = channels.filter(isWanted).map((channel) => {
    const Icon = ICONS[channel.kind] ?? HashIcon;
    return {
      id: channel.id,
      name: channel.name,
      group: channel.category_id ? categories.get(channel.category_id) : undefined,
      icon: <Icon className="size-4 shrink-0 opacity-60" aria-hidden />,
    };
  });
  const missing = guild.data ? (id: string) => <span className="truncate text-warning">A channel that is gone ({id})</span> : undefined;
  return (
    <Picker
      placeholder="Choose a channel"
      empty={guild.error ? "The bot does not answer, so its channels are not known." : "No such channel."}
      unknown={missing}
      choices={choices}
      {...props}
    />
  );
}
