"use client";

import { RefreshCwIcon } from "lucide-react";
import { $api, type Schemas } from "@/client";
import { Avatar } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { Loaded, Skeleton } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useGuilds } from "@/hooks/use-me";
import { useModules } from "@/hooks/use-modules";
import { useRights } from "@/hooks/use-rights";
import { when } from "@/lib/time";
import { Checkup } from "./checkup";
import { Counts, useCounts } from "./counts";
import { Health } from "./health";
import { ModulesCard } from "./modules-card";
import { RecentActions, useRecentActions } from "./recent-actions";

export type Overview = Schemas["OverviewOut"];

/** The first page of a server: whether all is well, and what happened last. */
export function HomePage() {
  const guild_id = useGuildId();
  const rights = useRights();
  const listed = useGuilds().data?.guilds.find((guild) => guild.id === guild_id);
  const overview = $api.useQuery("get", "/api/v1/guilds/{guild_id}/overview", { params: { path: { guild_id } } });
  // Asked for together with the overview, although their cards come after it: each wave of requests takes its time.
  useCounts();
  useRecentActions(rights.has("view_audit"));
  useModules(rights.has("view_settings"));
  const name = overview.data?.name ?? listed?.name ?? "Server";
  return (
    <Page
      title={name}
      description="How the bot is doing here, and what happened last."
      actions={
        <Button variant="outline" size="sm" isBusy={overview.isFetching} onClick={() => void overview.refetch()}>
          {!overview.isFetching && <RefreshCwIcon aria-hidden />}
          Check again
        </Button>
      }
    >
      <Loaded query={overview} skeleton={<HomeSkeleton />}>
        {(seen) => (
          <div className="grid gap-6">
            <div className="flex items-center gap-4">
              <Avatar name={name} src={seen.icon_url ?? listed?.icon_url} className="size-14 rounded-2xl" />
              <p className="text-sm text-muted-foreground">
                {seen.member_count !== null && <>{seen.member_count.toLocaleString()} members · </>}
                The bot has been here since {when(seen.joined_at)} · Text commands begin with{" "}
                <code className="rounded bg-muted px-1 py-0.5 font-mono text-xs">{seen.prefix}</code>
              </p>
            </div>
            <Counts />
            <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-2">
              <div className="grid grid-cols-1 gap-6">
                <Health overview={seen} />
                {rights.has("view_audit") && <RecentActions />}
              </div>
              {rights.has("view_settings") && (
                <div className="grid grid-cols-1 gap-6">
                  <Checkup overview={seen} />
                  <ModulesCard />
                </div>
              )}
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

const HomeSkeleton = () => (
  <div className="grid gap-6" role="status" aria-label="Loading">
    <Skeleton className="h-14 w-96 max-w-full" />
    <div className="grid gap-6 lg:grid-cols-2">
      {[1, 2, 3, 4].map((one) => (
        <Skeleton key={one} className="h-56" />
      ))}
    </div>
  </div>
);
