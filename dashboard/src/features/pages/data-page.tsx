"use client";

import { $api, type Schemas } from "@/client";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/states";
import { useGuildId, useGuildPath } from "@/hooks/use-guild-id";
import { featureTitle } from "@/lib/titles";
import { ActionBlock } from "./action-block";
import { SettingsBlock } from "./settings-block";
import { StatsBlock } from "./stats-block";
import { TableBlock } from "./table-block";

export type PageAddress = { guild_id: string; feature: string; page: string };
type Block = Schemas["PageOut"]["blocks"][number];

/** A page that a feature of the bot declares as data, so that it is here without a build. */
export function DataPage() {
  const [guild_id, feature, page] = [useGuildId(), useGuildPath(1), useGuildPath(2)];
  const address = { guild_id, feature, page };
  const query = $api.useQuery("get", "/api/v1/guilds/{guild_id}/pages/{feature}/{page}", { params: { path: address } });
  return (
    <Page title={query.data?.title ?? featureTitle(feature)} description={query.data?.summary}>
      <Loaded query={query}>
        {({ blocks }) => (
          <div className="grid gap-6">
            {blocks.map((block, index) => (
              <BlockView key={index} block={block} address={address} />
            ))}
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function BlockView({ block, address }: { block: Block; address: PageAddress }) {
  switch (block.kind) {
    case "settings":
      return <SettingsBlock title={block.title} feature={address.feature} />;
    case "stats":
      return <StatsBlock block={block} address={address} />;
    case "table":
      return <TableBlock block={block} address={address} />;
    case "action":
      return <ActionBlock block={block} address={address} />;
  }
}
