"use client";

import { usePathname } from "next/navigation";
import { Mark } from "@/components/mark";
import { EagerLink } from "@/components/shell/eager-link";
import { Skeleton } from "@/components/ui/states";
import { cn } from "@/lib/cn";
import type { MenuEntry } from "@/lib/navigation";
import { ServerSwitcher } from "./server-switcher";
import { useIsMenuLoading, useMenu } from "./use-menu";

const without = (path: string) => path.replace(/\/$/, "") || "/";

/** The entry that the address is at or below; of several the one that says most. */
export function currentOf(entries: readonly MenuEntry[], path: string): string | undefined {
  const fitting = entries.filter(({ href }) => path === href || path.startsWith(`${href}/`)).map((entry) => entry.href);
  const best = fitting.sort((one, other) => other.length - one.length)[0];
  // Home stands for itself alone: what is below it has entries of its own.
  return best && /^\/g\/[^/]+$/.test(best) && path !== best ? undefined : best;
}

export function Sidebar({ onNavigate }: { onNavigate?: () => void }) {
  const groups = useMenu();
  const isLoading = useIsMenuLoading();
  const current = currentOf(groups.flatMap((group) => group.entries), without(usePathname()));
  return (
    <nav aria-label="Main" className="flex h-full flex-col gap-2">
      <EagerLink href="/servers" onClick={onNavigate} className="flex items-center gap-2 rounded-md px-2 py-1.5 font-semibold tracking-tight">
        <Mark className="size-6" />
        Guildbase
      </EagerLink>
      <ServerSwitcher onNavigate={onNavigate} />
      <div className="-mx-1 min-h-0 flex-1 overflow-y-auto px-1 pb-4">
        {isLoading && <Skeleton className="mt-4 h-96" />}
        {groups.map((group) => (
          <section key={group.label} className="mt-4" aria-label={group.label}>
            <p className="px-2 pb-1 text-xs font-medium text-muted-foreground">{group.label}</p>
            <ul className="grid gap-0.5">
              {group.entries.map((entry) => (
                <li key={entry.href}>
                  <Entry entry={entry} isCurrent={entry.href === current} onNavigate={onNavigate} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </nav>
  );
}

const Entry = ({ entry, isCurrent, onNavigate }: { entry: MenuEntry; isCurrent: boolean; onNavigate?: () => void }) => (
  <EagerLink
    href={entry.href}
    onClick={onNavigate}
    aria-current={isCurrent ? "page" : undefined}
    className={cn(
      "flex h-8 items-center gap-2 rounded-md px-2 text-sm outline-none hover:bg-accent focus-visible:ring-[3px] focus-visible:ring-ring/50",
      isCurrent && "bg-accent font-medium text-accent-foreground",
    )}
  >
    <entry.icon className={cn("size-4 shrink-0 opacity-70", isCurrent && "text-primary opacity-100")} aria-hidden />
    <span className="truncate">{entry.label}</span>
  </EagerLink>
);
