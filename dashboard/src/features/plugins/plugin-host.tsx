"use client";

import { PuzzleIcon } from "lucide-react";
import dynamic from "next/dynamic";
import { usePathname } from "next/navigation";
import { Empty, RowsSkeleton } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useModules } from "@/hooks/use-modules";
import { placeOf } from "@/plugins/places";
import { plugins } from "@/plugins/registry.gen";
import type { PluginPage } from "@/plugins/types";
import { PluginBoundary } from "./plugin-boundary";

const lazy = (page: PluginPage) => dynamic(page.load, { loading: () => <RowsSkeleton /> });
const views = Object.fromEntries(
  plugins.flatMap((plugin) => plugin.pages.map((page) => [`${plugin.id}/${page.path}`, lazy(page)] as const)),
);

/** Shows the page of a plugin that belongs to the address, in a chunk of its own. */
export function PluginHost() {
  const guildId = useGuildId();
  const address = usePathname().split("/").slice(4).map(decodeURIComponent);
  const modules = useModules();
  const place = placeOf(plugins, address);
  const View = views[place ? `${place.plugin.id}/${place.page.path}` : ""];
  const needed = place?.plugin.requiresFeature;
  if (needed && modules.isPending) return <RowsSkeleton />;
  if (!place || !View || (needed && !modules.data?.modules.some((module) => module.name === needed))) return <NotHere />;
  return (
    <PluginBoundary key={address.join("/")} title={place.page.title}>
      <View guildId={guildId} params={place.params} />
    </PluginBoundary>
  );
}

const NotHere = () => (
  <Empty as="h1" icon={PuzzleIcon} title="There is no such page">
    The plugin is not part of this dashboard, or this bot does not have what it is for.
  </Empty>
);
