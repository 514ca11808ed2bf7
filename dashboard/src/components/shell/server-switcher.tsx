"use client";

import { CheckIcon, ChevronsUpDownIcon, LayoutGridIcon } from "lucide-react";
import { Avatar } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import { Menu, MenuContent, MenuItem, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { useGo } from "@/hooks/use-go";
import { useGuilds } from "@/hooks/use-me";
import { useGuildOfAddress } from "./use-menu";

export function ServerSwitcher({ onNavigate }: { onNavigate?: () => void }) {
  const open = useGo();
  const guilds = useGuilds();
  const guildId = useGuildOfAddress();
  const reachable = guilds.data?.guilds.filter((guild) => guild.is_bot_here && guild.rights.length > 0) ?? [];
  const current = reachable.find((guild) => guild.id === guildId);
  function go(href: string) {
    open(href);
    onNavigate?.();
  }
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="outline" className="h-11 w-full justify-between px-2">
          <span className="flex min-w-0 items-center gap-2">
            {current && <Avatar name={current.name} src={current.icon_url} className="size-7 rounded-md" />}
            <span className="truncate">
              <span className="sr-only">Switch server: </span>
              {current?.name ?? "Choose a server"}
            </span>
          </span>
          <ChevronsUpDownIcon className="opacity-50" aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuContent align="start" className="w-60">
        {reachable.map((guild) => (
          <MenuItem key={guild.id} onSelect={() => go(`/g/${guild.id}`)}>
            <Avatar name={guild.name} src={guild.icon_url} className="size-6 rounded-md" />
            <span className="truncate">{guild.name}</span>
            {guild.id === guildId && <CheckIcon className="ml-auto" aria-label="This one" />}
          </MenuItem>
        ))}
        {reachable.length > 0 && <MenuSeparator />}
        <MenuItem onSelect={() => go("/servers")}>
          <LayoutGridIcon aria-hidden />
          All servers
        </MenuItem>
      </MenuContent>
    </Menu>
  );
}
