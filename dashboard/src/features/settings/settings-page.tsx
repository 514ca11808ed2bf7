"use client";

import { HistoryIcon } from "lucide-react";
import Link from "next/link";
import { $api } from "@/client";
import { Button } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { Loaded, Skeleton } from "@/components/ui/states";
import { useGuildId, useGuildPath } from "@/hooks/use-guild-id";
import { useModules } from "@/hooks/use-modules";
import { featureTitle } from "@/lib/titles";
import { CustomSettings } from "./custom-settings";
import type { JsonSchema } from "./schema";
import { SettingsForm } from "./settings-form";

/** What a server sets of one feature, as a form that is made from the feature's schema. */
export function SettingsPage() {
  const feature = useGuildPath(1);
  return feature === "custom" ? <CustomSettings /> : <FeatureSettings feature={feature} />;
}

function FeatureSettings({ feature }: { feature: string }) {
  const guild_id = useGuildId();
  const params = { params: { path: { guild_id, feature } } };
  const schema = $api.useQuery("get", "/api/v1/guilds/{guild_id}/config/{feature}/schema", params, { staleTime: Infinity });
  const settings = $api.useQuery("get", "/api/v1/guilds/{guild_id}/config/{feature}", params);
  const summary = useModules().data?.modules.find((module) => module.name === feature)?.summary;
  return (
    <Page
      title={`${featureTitle(feature)} settings`}
      description={summary}
      actions={
        <Button asChild variant="outline" size="sm">
          <Link href={`/g/${guild_id}/settings/${feature}/history`}>
            <HistoryIcon aria-hidden />
            History
          </Link>
        </Button>
      }
    >
      <Loaded query={schema} skeleton={<FormSkeleton />}>
        {(found) => (
          <Loaded query={settings} skeleton={<FormSkeleton />}>
            {(current) => <SettingsForm key={feature} schema={found as JsonSchema} current={current} onReload={() => settings.refetch()} />}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

const FormSkeleton = () => (
  <div className="grid max-w-3xl gap-6" role="status" aria-label="Loading">
    {[1, 2, 3, 4, 5].map((one) => (
      <div key={one} className="grid gap-2">
        <Skeleton className="h-4 w-40" />
        <Skeleton className="h-9" />
      </div>
    ))}
  </div>
);
