"use client";

import { $api } from "@/client";
import { Loaded } from "@/components/ui/states";
import type { JsonSchema } from "@/features/settings/schema";
import { SettingsForm } from "@/features/settings/settings-form";
import { useGuildId } from "@/hooks/use-guild-id";

/** The form of the feature's own settings. */
export function SettingsBlock({ title, feature }: { title: string; feature: string }) {
  const guild_id = useGuildId();
  const params = { params: { path: { guild_id, feature } } };
  const schema = $api.useQuery("get", "/api/v1/guilds/{guild_id}/config/{feature}/schema", params, { staleTime: Infinity });
  const settings = $api.useQuery("get", "/api/v1/guilds/{guild_id}/config/{feature}", params);
  return (
    <section aria-label={title} className="grid gap-3">
      <h2 className="font-semibold tracking-tight">{title}</h2>
      <Loaded query={schema}>
        {(found) => (
          <Loaded query={settings}>
            {(current) => <SettingsForm schema={found as JsonSchema} current={current} onReload={() => settings.refetch()} />}
          </Loaded>
        )}
      </Loaded>
    </section>
  );
}
