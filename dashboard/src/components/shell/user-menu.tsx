"use client";

import { LogOutIcon, MonitorSmartphoneIcon, UserRoundIcon } from "lucide-react";
import { client, forgetToken, told } from "@/client";
import { Avatar } from "@/components/ui/avatar";
import { Menu, MenuContent, MenuItem, MenuLabel, MenuSeparator, MenuTrigger } from "@/components/ui/menu";
import { useGo } from "@/hooks/use-go";
import { useMe } from "@/hooks/use-me";
import { toast } from "sonner";

export function UserMenu() {
  const open = useGo();
  const me = useMe().data;
  if (!me) return null;
  async function signOut() {
    const { error } = await client.POST("/api/v1/auth/logout");
    if (error) return void toast.error(told(error));
    forgetToken();
    // A new document, so that nothing that was loaded for this person stays in memory.
    // eslint-disable-next-line @next/next/no-location-assign-relative-destination
    location.assign("/login");
  }
  return (
    <Menu>
      <MenuTrigger className="rounded-full outline-none focus-visible:ring-[3px] focus-visible:ring-ring/50" aria-label={`Your menu, ${me.user.name}`}>
        <Avatar name={me.user.name} src={me.user.avatar_url} />
      </MenuTrigger>
      <MenuContent align="end">
        <MenuLabel>
          <span className="block text-sm text-foreground">{me.user.name}</span>@{me.user.username}
        </MenuLabel>
        <MenuSeparator />
        <MenuItem onSelect={() => open("/me/sessions")}>
          <MonitorSmartphoneIcon aria-hidden />
          My sessions
        </MenuItem>
        <MenuItem onSelect={() => open("/me/data")}>
          <UserRoundIcon aria-hidden />
          My data
        </MenuItem>
        <MenuSeparator />
        <MenuItem onSelect={() => void signOut()}>
          <LogOutIcon aria-hidden />
          Sign out
        </MenuItem>
        <MenuLabel className="font-mono font-normal">Guildbase {me.version}</MenuLabel>
      </MenuContent>
    </Menu>
  );
}
