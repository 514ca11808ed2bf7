"use client";

import { FolderIcon, HashIcon } from "lucide-react";
import { useLiveGuild } from "@/hooks/use-live-guild";
import { cn } from "@/lib/cn";

/** A channel or a category by its id; its id while the bot does not tell the name. */
export function ChannelName({ id, className }: { id: string; className?: string }) {
  const channel = useLiveGuild().data?.channels.find((one) => one.id === id);
  const Icon = channel?.kind === "category" ? FolderIcon : HashIcon;
  return (
    <span className={cn("inline-flex min-w-0 items-center gap-1.5", className)} title={id}>
      <Icon className="size-3.5 shrink-0 opacity-60" aria-hidden />
      <span className={cn("truncate", !channel && "font-mono text-xs text-muted-foreground")}>{channel?.name ?? id}</span>
    </span>
  );
}
