"use client";

import { SettingsIcon } from "lucide-react";
import Link from "next/link";
import { useRouter, usePathname, useSearchParams } from "next/navigation";
import { $api } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Sheet } from "@/components/ui/dialog";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/states";
import { useCursor } from "@/hooks/use-cursor";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import { GateCard } from "./gate-card";
import { LockdownCard } from "./lockdown-card";
import { RaidHistory } from "./raid-history";
import { RaidView } from "./raid-view";
import { ACTIONS, LEVELS } from "./words";

/** How the server is guarded: raids now and before, locked channels, and the gate. */
export function RaidsPage() {
  const guild_id = useGuildId();
  const router = useRouter();
  const path = usePathname();
  const rights = useRights();
  const cursor = useCursor("raids");
  const open = Number(useSearchParams().get("raid")) || undefined;
  const page = $api.useQuery(
    "get",
    "/api/v1/guilds/{guild_id}/raids",
    { params: { path: { guild_id }, query: { limit: 20, after: cursor.after } } },
    { placeholderData: (before) => before },
  );
  const active = page.data?.raids.find((raid) => raid.state === "active");
  return (
    <Page
      title="Raids and channels"
      description="How the server is guarded against many at once: raids, locked channels and the gate."
      actions={
        rights.has("view_settings") && (
          <>
            <SettingsLink guildId={guild_id} feature="antiraid" label="Raid settings" />
            <SettingsLink guildId={guild_id} feature="channels" label="Channel settings" />
          </>
        )
      }
    >
      <Loaded query={page}>
        {(data) => (
          <div className="grid gap-6">
            {active && (
              <Card className="border-destructive/50">
                <CardHeader>
                  <CardTitle className="text-destructive">Raid #{active.number} is under way</CardTitle>
                </CardHeader>
                <CardContent>
                  <RaidView number={active.number} />
                </CardContent>
              </Card>
            )}
            <div className="grid grid-cols-1 gap-6 lg:grid-cols-3">
              <Card>
                <CardHeader>
                  <CardTitle className="flex items-center gap-2">
                    Raid protection
                    <Badge tone={LEVELS[data.level].tone}>{LEVELS[data.level].label}</Badge>
                  </CardTitle>
                  <CardDescription>{LEVELS[data.level].told}</CardDescription>
                </CardHeader>
                <CardContent className="text-sm">
                  {(data.level === "on" || data.level === "lockdown") && <p>What is done to those who raid: {ACTIONS[data.action].label.toLowerCase()}.</p>}
                  {data.level === "off" && <p className="text-muted-foreground">Choose a level in the raid settings to have joins watched.</p>}
                </CardContent>
              </Card>
              <LockdownCard />
              {rights.has("edit_settings") && <GateCard />}
            </div>
            <RaidHistory page={data} cursor={cursor} onOpen={(number) => router.replace(`${path}?raid=${number}`, { scroll: false })} />
          </div>
        )}
      </Loaded>
      <Sheet
        isOpen={open !== undefined}
        onOpenChange={() => router.replace(path, { scroll: false })}
        title={`Raid #${open ?? ""}`}
        className="w-[min(38rem,calc(100%-1rem))]"
      >
        {open !== undefined && <RaidView number={open} />}
      </Sheet>
    </Page>
  );
}

const SettingsLink = ({ guildId, feature, label }: { guildId: string; feature: string; label: string }) => (
  <Button variant="outline" asChild>
    <Link href={`/g/${guildId}/settings/${feature}`}>
      <SettingsIcon aria-hidden />
      {label}
    </Link>
  </Button>
);
