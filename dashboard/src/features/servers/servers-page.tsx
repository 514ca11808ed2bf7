"use client";

import { PlusIcon, SearchIcon, ServerOffIcon } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import type { Schemas } from "@/client";
import { Avatar } from "@/components/ui/avatar";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { Empty, Loaded, Skeleton } from "@/components/ui/states";
import { useGuilds } from "@/hooks/use-me";

type Guild = Schemas["GuildOut"];

const grid = "grid gap-3 sm:grid-cols-2 lg:grid-cols-3";
const card = "flex min-w-0 items-center gap-3 rounded-xl border bg-card p-4";

export function ServersPage() {
  const guilds = useGuilds();
  const [text, setText] = useState("");
  return (
    <Page title="Servers" description="Pick the server that you want to manage.">
      <Loaded
        query={guilds}
        skeleton={
          <div className={grid}>
            {[1, 2, 3].map((one) => (
              <Skeleton key={one} className="h-20" />
            ))}
          </div>
        }
      >
        {({ guilds: found, invite_url, is_complete }) => (
          <div className="grid gap-8">
            {found.length > 6 && (
              <div className="relative max-w-sm">
                <SearchIcon className="absolute top-2.5 left-3 size-4 text-muted-foreground" aria-hidden />
                <Input aria-label="Search servers" placeholder="Search servers" className="pl-9" value={text} onChange={(event) => setText(event.target.value)} />
              </div>
            )}
            {!is_complete && (
              <p role="status" className="rounded-lg border border-warning/30 bg-warning/10 p-3 text-sm">
                Discord did not tell all of your servers just now. Those with the bot are here; try again in a minute for the others.
              </p>
            )}
            <Groups guilds={named(found, text)} inviteUrl={invite_url} isSearching={text !== ""} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

const named = (guilds: readonly Guild[], text: string) => guilds.filter((guild) => guild.name.toLowerCase().includes(text.trim().toLowerCase()));

function Groups({ guilds, inviteUrl, isSearching }: { guilds: Guild[]; inviteUrl: string; isSearching: boolean }) {
  const here = guilds.filter((guild) => guild.is_bot_here);
  const away = guilds.filter((guild) => !guild.is_bot_here);
  if (guilds.length === 0)
    return (
      <Empty
        icon={ServerOffIcon}
        title={isSearching ? "No server is called so" : "There is no server for you yet"}
        action={
          !isSearching && (
            <Button asChild>
              <a href={inviteUrl}>Bring the bot to a server</a>
            </Button>
          )
        }
      >
        {!isSearching && "Servers stand here where you may manage something, or where somebody gave you access."}
      </Empty>
    );
  return (
    <>
      {here.length > 0 && (
        <ul className={grid}>
          {here.map((guild) => (
            <li key={guild.id}>
              <Link href={`/g/${guild.id}`} className={`${card} transition-colors outline-none hover:border-primary/50 hover:bg-accent/40 focus-visible:ring-[3px] focus-visible:ring-ring/50`}>
                <Named guild={guild} />
              </Link>
            </li>
          ))}
        </ul>
      )}
      {away.length > 0 && (
        <section>
          <h2 className="mb-3 text-sm font-medium text-muted-foreground">Without the bot</h2>
          <ul className={grid}>
            {away.map((guild) => (
              <li key={guild.id} className={card}>
                <Named guild={guild} />
                <Button asChild variant="outline" size="sm" className="ml-auto">
                  <a href={`${inviteUrl}&guild_id=${guild.id}`} aria-label={`Invite the bot to ${guild.name}`}>
                    <PlusIcon aria-hidden />
                    Invite
                  </a>
                </Button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

const Named = ({ guild }: { guild: Guild }) => (
  <>
    <Avatar name={guild.name} src={guild.icon_url} className="size-12 rounded-xl" />
    <span className="min-w-0">
      <span className="block truncate font-medium">{guild.name}</span>
      <span className="block truncate text-xs text-muted-foreground">{about(guild)}</span>
    </span>
  </>
);

function about(guild: Guild): string {
  if (!guild.is_bot_here) return "The bot is not there yet";
  const members = guild.member_count ? `${guild.member_count.toLocaleString()} members` : "";
  const role = guild.rights.includes("owner") ? "Owner" : guild.rights.includes("edit_settings") ? "Manager" : guild.rights.includes("moderate") ? "Moderator" : "Viewer";
  return [role, members].filter(Boolean).join(" · ");
}
