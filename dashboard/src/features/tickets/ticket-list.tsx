"use client";

import { TicketIcon } from "lucide-react";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { $api } from "@/client";
import { Card } from "@/components/ui/card";
import { Pager } from "@/components/ui/pager";
import { Empty, Loaded } from "@/components/ui/states";
import { useCursor } from "@/hooks/use-cursor";
import { useGuildId } from "@/hooks/use-guild-id";
import { asQuery, readFilters, writeFilters, type Filters } from "./filters";
import { TicketFilters } from "./ticket-filters";
import { TicketTable } from "./ticket-table";

const LIMIT = 25;

export function TicketList() {
  const guild_id = useGuildId();
  const router = useRouter();
  const path = usePathname();
  const filters = readFilters(useSearchParams());
  const written = writeFilters(filters);
  const cursor = useCursor(written);
  const page = $api.useQuery(
    "get",
    "/api/v1/guilds/{guild_id}/tickets",
    { params: { path: { guild_id }, query: { ...asQuery(filters), limit: LIMIT, after: cursor.after } } },
    { placeholderData: (before) => before },
  );
  const go = (wanted: Filters) => {
    const query = writeFilters(wanted);
    router.replace(query ? `${path}?${query}` : path, { scroll: false });
  };
  const next = page.data?.next_after == null ? null : String(page.data.next_after);
  return (
    <Card>
      <TicketFilters filters={filters} onChange={go} />
      <Loaded query={page}>
        {(data) => (data.tickets.length > 0 ? <TicketTable tickets={data.tickets} /> : <Nothing isNarrowed={written !== ""} />)}
      </Loaded>
      <Pager cursor={cursor} next={next} />
    </Card>
  );
}

const Nothing = ({ isNarrowed }: { isNarrowed: boolean }) => (
  <Empty icon={TicketIcon} title={isNarrowed ? "No ticket fits" : "No tickets yet"}>
    {isNarrowed
      ? "Take a filter away, or look for other words."
      : "Make a category and post a panel: people open tickets from it. You see those that you answer, or all as an admin."}
  </Empty>
);
