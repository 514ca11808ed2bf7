"use client";

import { Badge, type Tone } from "@/components/ui/badge";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import type { Overview } from "./home-page";
import { Sparkline } from "./sparkline";

/** How the bot's connection to Discord is, in words. */
export function healthOf(overview: Overview): { tone: Tone; word: string; text: string } {
  const shard = overview.shard;
  if (!shard || shard.state === "gone" || overview.name === null)
    return { tone: "danger", word: "Away", text: "No running bot has this server at the moment. What you change here counts as soon as it is back." };
  if (shard.is_stale) return { tone: "warning", word: "Silent", text: "The bot's process has not reported for several seconds. It may hang." };
  if (shard.state !== "ready") return { tone: "warning", word: "Connecting", text: "The bot is connecting to Discord. That takes seconds as a rule." };
  return { tone: "success", word: "Online", text: "The bot is connected and hears what happens here." };
}

export function Health({ overview }: { overview: Overview }) {
  const health = healthOf(overview);
  const shard = overview.shard;
  const latency = shard?.latency == null ? null : Math.round(shard.latency * 1000);
  return (
    <Card>
      <CardHeader className="flex-row items-center justify-between">
        <CardTitle>The bot</CardTitle>
        <Badge tone={health.tone}>{health.word}</Badge>
      </CardHeader>
      <CardContent className="grid gap-4">
        <p className="text-sm text-muted-foreground">{health.text}</p>
        {shard && (
          <div className="flex items-end justify-between gap-4">
            <dl className="flex gap-8 text-sm">
              <div>
                <dt className="text-xs text-muted-foreground">Answer time of Discord</dt>
                <dd className="text-lg font-semibold tabular-nums">{latency === null ? "Not known yet" : `${latency} ms`}</dd>
              </div>
              <div>
                <dt className="text-xs text-muted-foreground">Shard</dt>
                <dd className="text-lg font-semibold tabular-nums">{shard.number}</dd>
              </div>
            </dl>
            <Sparkline values={shard.latency_history} />
          </div>
        )}
      </CardContent>
    </Card>
  );
}
