"use client";

import { Avatar } from "@/components/ui/avatar";
import { usePerson } from "@/hooks/use-people";
import { cn } from "@/lib/cn";

type PersonProps = {
  id: string | null | undefined;
  /** What stands there while nobody knows the name, such as one that was stored. */
  name?: string;
  className?: string;
};

/** The picture and name of somebody, by their id. */
export function Person({ id, name, className }: PersonProps) {
  const asked = usePerson(id);
  if (!id) return <span className={cn("text-muted-foreground", className)}>{name ?? "The bot"}</span>;
  const found = asked.data;
  const shown = found?.name ?? name;
  if (!shown && asked.isLoading)
    return (
      <span className={cn("inline-flex items-center", className)}>
        <span aria-hidden className="h-5 w-24 animate-pulse rounded-md bg-muted" />
      </span>
    );
  return (
    <span className={cn("inline-flex min-w-0 items-center gap-2", className)} title={found ? `@${found.username} · ${id}` : id}>
      <Avatar name={shown ?? "?"} src={found?.avatar_url} className="size-5" />
      <span className={cn("truncate", !shown && "font-mono text-xs text-muted-foreground")}>{shown ?? id}</span>
    </span>
  );
}
