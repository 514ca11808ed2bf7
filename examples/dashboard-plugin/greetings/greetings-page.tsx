"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Card } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/states";
import type { PluginPageProps } from "@/plugins/types";

type Greetings = { count: number };

/** What the feature's own route tells; a plugin asks routes that the dashboard's typed client does not know. */
async function ask(guildId: string): Promise<Greetings> {
  const answer = await fetch(`/api/v1/guilds/${guildId}/hello`);
  if (!answer.ok) throw await answer.json();
  return (await answer.json()) as Greetings;
}

export default function GreetingsPage({ guildId }: PluginPageProps) {
  const query = useQuery({ queryKey: ["greetings", guildId], queryFn: () => ask(guildId) });
  const today = new Date().toISOString().slice(0, 10);
  return (
    <Page title="Greetings" description="How often the bot greeted somebody here since it started.">
      <Loaded query={query}>
        {({ count }) => (
          <Card className="max-w-xs p-5">
            <p className="text-sm text-muted-foreground">Greetings</p>
            <p className="text-3xl font-semibold tabular-nums">{count}</p>
            <Link className="mt-3 block text-sm text-primary hover:underline" href={`/g/${guildId}/x/greetings/day/${today}`}>
              Today
            </Link>
          </Card>
        )}
      </Loaded>
    </Page>
  );
}
