"use client";

import { EyeIcon } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { ChannelName } from "@/components/channel-name";
import { LoadMore } from "@/components/load-more";
import { Person } from "@/components/person";
import { UserPicker } from "@/components/pickers";
import { Badge } from "@/components/ui/badge";
import { Card } from "@/components/ui/card";
import { Empty, Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { useGuildId } from "@/hooks/use-guild-id";
import { ago, when } from "@/lib/time";
import { useChecks } from "./use-permissions";

const TONES: Record<string, "success" | "danger" | "neutral"> = { allowed: "success", refused: "danger", ignored: "neutral" };
const DECIDERS: Record<string, string> = {
  block: "a block",
  switch: "it is switched off",
  owner: "owns the server",
  rule: "a rule",
  discord: "Discord's permissions",
};

/** Who was refused which command lately, as far as the server writes it down. */
export function Checks() {
  const guildId = useGuildId();
  const [member, setMember] = useState<string | null>(null);
  const checks = useChecks(member);
  return (
    <div className="grid grid-cols-1 gap-4">
      <div className="max-w-xs">
        <UserPicker aria-label="Only of this person" placeholder="Of everybody" value={member} onChange={setMember} />
      </div>
      <Card>
        <Loaded query={checks}>
          {(data) => {
            const all = data.pages.flatMap((page) => page.checks);
            if (all.length === 0)
              return (
                <Empty icon={EyeIcon} title="Nothing is written down">
                  Refused commands are written down here.{" "}
                  <Link className="text-primary underline underline-offset-4" href={`/g/${guildId}/settings/permissions`}>
                    The settings of Permissions
                  </Link>{" "}
                  say which checks are.
                </Empty>
              );
            return (
              <Table aria-label="Checks">
                <TableHead>
                  <TableRow>
                    <Th>When</Th>
                    <Th>Who</Th>
                    <Th>Command</Th>
                    <Th>Where</Th>
                    <Th>Outcome</Th>
                    <Th>By</Th>
                  </TableRow>
                </TableHead>
                <TableBody>
                  {all.map((check) => (
                    <TableRow key={check.id}>
                      <Td className="whitespace-nowrap text-muted-foreground" title={when(check.created_at)}>
                        {ago(check.created_at)}
                      </Td>
                      <Td className="max-w-48">
                        <Person id={check.user_id} />
                      </Td>
                      <Td className="font-mono text-xs whitespace-nowrap">/{check.command}</Td>
                      <Td className="max-w-40">{check.channel_id && <ChannelName id={check.channel_id} />}</Td>
                      <Td>
                        <Badge tone={TONES[check.outcome] ?? "neutral"}>{check.outcome}</Badge>
                      </Td>
                      <Td className="whitespace-nowrap">{check.rule_number ? `rule #${check.rule_number}` : DECIDERS[check.decided_by]}</Td>
                    </TableRow>
                  ))}
                </TableBody>
              </Table>
            );
          }}
        </Loaded>
        <LoadMore query={checks} />
      </Card>
    </div>
  );
}
