"use client";

import { FlagIcon, GavelIcon, TicketIcon, type LucideIcon } from "lucide-react";
import Link from "next/link";
import { $api } from "@/client";
import { Skeleton } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";

const SHOWN = 20;

/** "20+" where there is another page: nobody counts millions of rows for this. */
export const upTo = (found: number, hasMore: boolean) => (hasMore ? `${found}+` : String(found));

/** Ask for what `Counts` shows. */
export function useCounts() {
  const guild_id = useGuildId();
  const rights = useRights();
  const path = { path: { guild_id } };
  const options = { enabled: rights.has("view_cases"), retry: false };
  const reports = $api.useQuery("get", "/api/v1/guilds/{guild_id}/reports", { params: { ...path, query: { limit: SHOWN } } }, options);
  const state: ("open" | "claimed" | "waiting_for_staff" | "waiting_for_user")[] = ["open", "claimed", "waiting_for_staff", "waiting_for_user"];
  const tickets = $api.useQuery("get", "/api/v1/guilds/{guild_id}/tickets", { params: { ...path, query: { limit: SHOWN, state } } }, options);
  const cases = $api.useQuery("get", "/api/v1/guilds/{guild_id}/cases", { params: { ...path, query: { limit: 1 } } }, options);
  return { reports, tickets, cases };
}

/** What waits for the team: open reports, tickets and cases. */
export function Counts() {
  const guild_id = useGuildId();
  const rights = useRights();
  const { reports, tickets, cases } = useCounts();
  if (!rights.has("view_cases")) return null;
  const newest = cases.data?.cases[0]?.number;
  return (
    <ul className="grid gap-3 sm:grid-cols-3 sm:gap-4">
      <Count icon={FlagIcon} label="Open reports and appeals" href={`/g/${guild_id}/reports`} query={reports} value={reports.data && upTo(reports.data.reports.length, !!reports.data.next_after)} />
      <Count icon={TicketIcon} label="Open tickets" href={`/g/${guild_id}/tickets`} query={tickets} value={tickets.data && upTo(tickets.data.tickets.length, !!tickets.data.next_after)} />
      <Count icon={GavelIcon} label="Newest case" href={`/g/${guild_id}/cases`} query={cases} value={cases.data && (newest ? `#${newest}` : "None")} />
    </ul>
  );
}

type CountProps = { icon: LucideIcon; label: string; href: string; value: string | undefined; query: { error: unknown } };

function Count({ icon: Icon, label, href, value, query }: CountProps) {
  // A bot without this feature, or a person without the right for it, has no such number.
  if (query.error) return null;
  return (
    <li>
      <Link
        href={href}
        className="flex items-center justify-between gap-3 rounded-xl border bg-card px-5 py-3 shadow-xs sm:py-5 transition-colors outline-none hover:border-primary/50 focus-visible:ring-[3px] focus-visible:ring-ring/50"
      >
        <span>
          <span className="block text-sm text-muted-foreground">{label}</span>
          {value === undefined ? <Skeleton className="mt-2 h-7 w-12" /> : <span className="block text-2xl font-semibold tabular-nums">{value}</span>}
        </span>
        <Icon className="size-5 text-muted-foreground" aria-hidden />
      </Link>
    </li>
  );
}
