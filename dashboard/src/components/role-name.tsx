"use client";

import { colourOf } from "@/components/pickers/role-picker";
import { useGuildId } from "@/hooks/use-guild-id";
import { useLiveGuild } from "@/hooks/use-live-guild";
import { cn } from "@/lib/cn";

/** A role by its id, with its colour; its id while the bot does not tell the name. */
export function RoleName({ id, className }: { id: string; className?: string }) {
  const guildId = useGuildId();
  const role = useLiveGuild().data?.roles.find((one) => one.id === id);
  const name = id === guildId ? "everyone" : role?.name;
  return (
    <span className={cn("inline-flex min-w-0 items-center gap-2", className)} title={id}>
      <span className="size-3 shrink-0 rounded-full" style={{ background: colourOf(role?.colour ?? 0) }} aria-hidden />
      <span className={cn("truncate", !name && "font-mono text-xs text-muted-foreground")}>{name ? `@${name}` : id}</span>
    </span>
  );
}
