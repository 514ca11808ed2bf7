"use client";

import { PuzzleIcon, Settings2Icon } from "lucide-react";
import { usePathname } from "next/navigation";
import { $api } from "@/client";
import { pageIcons } from "@/features/pages/icons";
import { useGuilds, useMe } from "@/hooks/use-me";
import { useModules } from "@/hooks/use-modules";
import { useRights } from "@/hooks/use-rights";
import { guildMenu, operatorMenu, ownMenu, type MenuEntry, type MenuGroup } from "@/lib/navigation";
import { featureTitle } from "@/lib/titles";
import { plugins } from "@/plugins/registry.gen";

/** Whether the address is one of a server. */
export const useGuildOfAddress = () => {
  const [, area, guildId] = usePathname().split("/");
  return area === "g" && guildId ? guildId : undefined;
};

/** Whether it is not known yet what the person can open in the server of the address. */
export function useIsMenuLoading(): boolean {
  const rights = useRights();
  const guildId = useGuildOfAddress();
  const isInServer = !!guildId && rights.hasAny;
  const guilds = useGuilds();
  const modules = useModules(isInServer);
  return guilds.isPending || (isInServer && modules.isPending);
}

/** All that the person can open from here, for the menu and the palette. */
export function useMenu(): MenuGroup[] {
  const guildId = useGuildOfAddress();
  const rights = useRights();
  const me = useMe();
  const path = { params: { path: { guild_id: guildId ?? "" } } };
  const isAsked = !!guildId && rights.hasAny;
  const modules = useModules(isAsked);
  const pages = $api.useQuery("get", "/api/v1/guilds/{guild_id}/pages", path, { enabled: isAsked, staleTime: 60_000 });
  const groups: MenuGroup[] = [];
  if (guildId && rights.hasAny && !modules.isPending) {
    const features = new Set(modules.data?.modules.map((module) => module.name));
    groups.push(...guildMenu(guildId, rights, features));
    if (rights.has("view_settings")) {
      const settings = (modules.data?.modules ?? [])
        .filter((module) => module.has_settings && module.name !== "configuration")
        .map((module) => ({ href: `/g/${guildId}/settings/${module.name}`, label: featureTitle(module.name), icon: Settings2Icon }));
      groups.push({ label: "Modules' settings", entries: [...settings, { href: `/g/${guildId}/settings/custom`, label: "Custom", icon: Settings2Icon }] });
    }
    const data = (pages.data?.pages ?? []).map((page) => ({
      href: `/g/${guildId}/p/${page.feature}/${page.name}`,
      label: page.title,
      icon: pageIcons[page.icon],
    }));
    groups.push({ label: "Plugins", entries: [...data, ...pluginEntries(guildId, features)] });
  }
  if (me.data?.is_operator) groups.push(operatorMenu);
  groups.push(ownMenu);
  return groups.filter((group) => group.entries.length > 0);
}

const pluginEntries = (guildId: string, features: ReadonlySet<string>): MenuEntry[] =>
  plugins
    .filter((plugin) => !plugin.requiresFeature || features.has(plugin.requiresFeature))
    .flatMap((plugin) =>
      plugin.pages
        .filter((page) => page.isInMenu)
        .map((page) => ({
          href: `/g/${guildId}/x/${plugin.id}${page.path && `/${page.path}`}`,
          label: page.title,
          icon: page.icon ?? PuzzleIcon,
        })),
    );
