"use client";

import { useQueryClient } from "@tanstack/react-query";
import { DownloadIcon, GavelIcon, PlusIcon, SettingsIcon } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";
import { $api } from "@/client";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Sheet } from "@/components/ui/dialog";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { Page } from "@/components/ui/page";
import { Pager } from "@/components/ui/pager";
import { Empty, Loaded } from "@/components/ui/states";
import { useCursor } from "@/hooks/use-cursor";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import { CaseFilters } from "./case-filters";
import { CaseView } from "./case-view";
import { CaseTable } from "./case-table";
import { asQuery, exportAddress, readFilters, writeFilters, type Filters } from "./filters";
import { NewCase } from "./new-case";

const LIMIT = 25;

/** All cases of the server: find, read, change and export them, and open new ones. */
export function CasesPage() {
  const guild_id = useGuildId();
  const address = useSearchParams();
  const path = usePathname();
  const router = useRouter();
  const rights = useRights();
  const queries = useQueryClient();
  const filters = readFilters(address);
  const open = Number(address.get("case")) || undefined;
  const cursor = useCursor(writeFilters(filters));
  const [isNew, setNew] = useState(false);

  const go = (wanted: Filters, number?: number) => {
    const query = [writeFilters(wanted), number ? `case=${number}` : ""].filter(Boolean).join("&");
    router.replace(query ? `${path}?${query}` : path, { scroll: false });
  };
  const pageAfter = (after: string | undefined) =>
    $api.queryOptions("get", "/api/v1/guilds/{guild_id}/cases", {
      params: { path: { guild_id }, query: { ...asQuery(filters), limit: LIMIT, after } },
    });
  const page = $api.useQuery(
    "get",
    "/api/v1/guilds/{guild_id}/cases",
    { params: { path: { guild_id }, query: { ...asQuery(filters), limit: LIMIT, after: cursor.after } } },
    { placeholderData: (before) => before },
  );
  const next = page.data?.next_after == null ? null : String(page.data.next_after);

  return (
    <Page
      title="Cases"
      description="Everything that moderators and the bot did to members, with who did it and why."
      actions={
        <>
          {rights.has("edit_settings") && <Export guildId={guild_id} filters={filters} />}
          {rights.has("edit_settings") && (
            <Button variant="outline" asChild>
              <Link href={`/g/${guild_id}/cases/setup`}>
                <SettingsIcon aria-hidden />
                Types and ladder
              </Link>
            </Button>
          )}
          {rights.has("moderate") && (
            <Button onClick={() => setNew(true)}>
              <PlusIcon aria-hidden />
              New case
            </Button>
          )}
        </>
      }
    >
      <Card>
        <CaseFilters filters={filters} onChange={(wanted) => go(wanted)} />
        <Loaded query={page}>
          {(data) =>
            data.cases.length > 0 ? (
              <CaseTable cases={data.cases} onOpen={(number) => go(filters, number)} />
            ) : (
              <Nothing isNarrowed={Object.values(filters).some(Boolean)} hasMore={next !== null} />
            )
          }
        </Loaded>
        <Pager cursor={cursor} next={next} onNear={() => next && void queries.prefetchQuery(pageAfter(next))} />
      </Card>
      <Sheet
        isOpen={open !== undefined}
        onOpenChange={() => go(filters)}
        title={`Case #${open ?? ""}`}
        className="w-[min(38rem,calc(100%-1rem))]"
      >
        {open !== undefined && <CaseView number={open} />}
      </Sheet>
      <NewCase isOpen={isNew} onOpenChange={setNew} onOpened={(number) => go(filters, number)} />
    </Page>
  );
}

const Export = ({ guildId, filters }: { guildId: string; filters: Filters }) => (
  <Menu>
    <MenuTrigger asChild>
      <Button variant="outline">
        <DownloadIcon aria-hidden />
        Export
      </Button>
    </MenuTrigger>
    <MenuContent align="end">
      <MenuItem asChild>
        <a href={exportAddress(guildId, filters, "csv")} download>
          Table (CSV)
        </a>
      </MenuItem>
      <MenuItem asChild>
        <a href={exportAddress(guildId, filters, "json")} download>
          Data (JSON)
        </a>
      </MenuItem>
    </MenuContent>
  </Menu>
);

/** An empty page is not always the end: a search looks at a bounded number of cases at a time. */
const Nothing = ({ isNarrowed, hasMore }: { isNarrowed: boolean; hasMore: boolean }) => (
  <Empty icon={GavelIcon} title={isNarrowed ? (hasMore ? "Nothing among these cases" : "No case fits") : "No cases yet"}>
    {hasMore && "Older cases have not been looked through yet: go on with Older."}
    {!hasMore && isNarrowed && "Take a filter away, or look at another time."}
    {!hasMore && !isNarrowed && "Warn somebody with /warn or the button above, and the case appears here."}
  </Empty>
);
