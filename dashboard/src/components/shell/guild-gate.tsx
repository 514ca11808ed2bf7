"use client";

import { DoorClosedIcon } from "lucide-react";
import Link from "next/link";
import { Fragment, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Empty, Loaded, Skeleton } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useGuilds } from "@/hooks/use-me";

/** Lets a server's pages be seen by those with a right there; the API refuses everybody else on its own. */
export function GuildGate({ children }: { children: ReactNode }) {
  const guildId = useGuildId();
  const guilds = useGuilds();
  return (
    <Loaded query={guilds} skeleton={<Skeleton className="h-72" />}>
      {({ guilds: found }) => {
        const guild = found.find((one) => one.id === guildId);
        // With the key nothing of the server before stays in the state of a page.
        if (guild?.is_bot_here && guild.rights.length > 0) return <Fragment key={guildId}>{children}</Fragment>;
        return <NoAccess />;
      }}
    </Loaded>
  );
}

const NoAccess = () => (
  <Empty
    icon={DoorClosedIcon}
    as="h1"
    title="There is no such server for you"
    action={
      <Button asChild>
        <Link href="/servers">Your servers</Link>
      </Button>
    }
  >
    Either the bot is not there, or nobody gave you access. Somebody who manages the server can do that under Dashboard access.
  </Empty>
);
