"use client";

import { AlertTriangleIcon, CircleCheckIcon, ExternalLinkIcon, LightbulbIcon } from "lucide-react";
import Link from "next/link";
import type { Schemas } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { DiscordText } from "@/components/ui/discord-text";
import { useGuildId } from "@/hooks/use-guild-id";
import type { Overview } from "./home-page";

type Finding = Schemas["FindingOut"];

/** What stands in the bot's way in the server, with the cure of each. */
export function Checkup({ overview }: { overview: Overview }) {
  const findings = overview.findings;
  const broken = findings?.filter((finding) => finding.is_broken).length ?? 0;
  return (
    <Card>
      <CardHeader className="flex-row items-center justify-between">
        <CardTitle>Check of the server</CardTitle>
        {findings && <Badge tone={broken > 0 ? "warning" : "success"}>{broken > 0 ? `${broken} to mend` : "All works"}</Badge>}
      </CardHeader>
      <CardContent>
        {findings === null && <CardDescription>Only the running bot can tell, and it does not answer.</CardDescription>}
        {findings?.length === 0 && (
          <p className="flex items-center gap-2 text-sm">
            <CircleCheckIcon className="size-4 text-success" aria-hidden />
            The bot has all that it needs here.
          </p>
        )}
        <ul className="grid gap-4">
          {findings?.map((finding) => (
            <li key={finding.problem}>
              <Row finding={finding} inviteUrl={overview.invite_url} />
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}

function Row({ finding, inviteUrl }: { finding: Finding; inviteUrl: string | null }) {
  const guildId = useGuildId();
  const Icon = finding.is_broken ? AlertTriangleIcon : LightbulbIcon;
  return (
    <div className="flex gap-3 text-sm">
      <Icon className={`mt-0.5 size-4 shrink-0 ${finding.is_broken ? "text-warning" : "text-info"}`} aria-hidden />
      <div className="min-w-0">
        <p>
          <DiscordText>{finding.problem}</DiscordText>
        </p>
        <p className="mt-0.5 text-muted-foreground">
          <DiscordText>{finding.cure}</DiscordText>
        </p>
        {finding.fix === "invite" && inviteUrl && (
          <Button asChild size="sm" variant="outline" className="mt-2">
            <a href={inviteUrl} target="_blank" rel="noreferrer">
              <ExternalLinkIcon aria-hidden />
              Grant them on Discord
            </a>
          </Button>
        )}
        {["logs", "staff", "repair"].includes(finding.fix) && (
          <Button asChild size="sm" variant="outline" className="mt-2">
            <Link href={`/g/${guildId}/settings/guilds`}>Open the general settings</Link>
          </Button>
        )}
      </div>
    </div>
  );
}
