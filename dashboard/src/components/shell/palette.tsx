"use client";

import { Command } from "cmdk";
import { useTheme } from "next-themes";
import { Avatar } from "@/components/ui/avatar";
import { useGo } from "@/hooks/use-go";
import { useGuilds } from "@/hooks/use-me";
import { useMenu } from "./use-menu";

const item =
  "flex cursor-default items-center gap-2 rounded-md px-2 py-2 text-sm select-none data-[selected=true]:bg-accent [&_svg]:size-4 [&_svg]:opacity-70";
const group =
  "[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted-foreground";

/** Everything by a few letters, on Ctrl+K or Cmd+K. */
export function Palette({ isOpen, onOpenChange }: { isOpen: boolean; onOpenChange: (isOpen: boolean) => void }) {
  const open = useGo();
  const groups = useMenu();
  const guilds = useGuilds().data?.guilds.filter((guild) => guild.is_bot_here && guild.rights.length > 0) ?? [];
  const { resolvedTheme, setTheme } = useTheme();
  function go(href: string) {
    onOpenChange(false);
    open(href);
  }
  return (
    <Command.Dialog
      open={isOpen}
      onOpenChange={onOpenChange}
      label="Go to"
      loop
      overlayClassName="fixed inset-0 z-50 bg-black/60"
      contentClassName="fixed top-[15vh] left-1/2 z-50 w-[min(36rem,calc(100%-2rem))] -translate-x-1/2 overflow-hidden rounded-xl border bg-popover text-popover-foreground shadow-xl"
    >
      <Command.Input placeholder="Go to a page or a server" className="h-12 w-full border-b bg-transparent px-4 text-sm outline-none placeholder:text-muted-foreground" />
      <Command.List className="max-h-[50vh] overflow-y-auto p-2">
        <Command.Empty className="py-8 text-center text-sm text-muted-foreground">No page or server has such a name.</Command.Empty>
        {groups.map(({ label, entries }) => (
          <Command.Group key={label} heading={label} className={group}>
            {entries.map(({ href, label: text, icon: Icon }) => (
              <Command.Item key={href} value={`${label} ${text}`} onSelect={() => go(href)} className={item}>
                <Icon aria-hidden />
                {text}
              </Command.Item>
            ))}
          </Command.Group>
        ))}
        <Command.Group heading="Servers" className={group}>
          {guilds.map((guild) => (
            <Command.Item key={guild.id} value={`${guild.name} ${guild.id}`} onSelect={() => go(`/g/${guild.id}`)} className={item}>
              <Avatar name={guild.name} src={guild.icon_url} className="size-5 rounded-md text-[0.6rem]" />
              {guild.name}
            </Command.Item>
          ))}
        </Command.Group>
        <Command.Group heading="Look" className={group}>
          <Command.Item
            onSelect={() => {
              setTheme(resolvedTheme === "dark" ? "light" : "dark");
              onOpenChange(false);
            }}
            className={item}
          >
            Switch to the {resolvedTheme === "dark" ? "light" : "dark"} theme
          </Command.Item>
        </Command.Group>
      </Command.List>
    </Command.Dialog>
  );
}
