"use client";

import { Avatar as Root } from "radix-ui";
import { cn } from "@/lib/cn";

const initials = (name: string) =>
  name
    .split(/\s+/)
    .map((word) => [...word][0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();

/** The picture of a person or a server, or their initials. */
export const Avatar = ({ name, src, className }: { name: string; src?: string | null; className?: string }) => (
  <Root.Root className={cn("inline-flex size-8 shrink-0 overflow-hidden rounded-full bg-accent", className)} aria-hidden>
    {src && <Root.Image src={src} alt="" className="size-full object-cover" />}
    <Root.Fallback className="grid size-full place-content-center text-xs font-medium text-accent-foreground">
      {initials(name) || "?"}
    </Root.Fallback>
  </Root.Root>
);
