"use client";

import { CheckIcon, HelpCircleIcon, XIcon } from "lucide-react";
import { useState } from "react";
import { $api, type Schemas } from "@/client";
import { ChannelPicker, UserPicker } from "@/components/pickers";
import { Badge } from "@/components/ui/badge";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Field } from "@/components/ui/field";
import { Empty, Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { cn } from "@/lib/cn";
import { SubjectName } from "./subject-name";
import { TargetPicker } from "./target-picker";
import { VERDICTS, targetText, type Verdict } from "./words";

type Explanation = Schemas["ExplanationOut"];

/** Why somebody may use a command in a channel, or not. */
export function Explain() {
  const guild_id = useGuildId();
  const [member, setMember] = useState<string | null>(null);
  const [channel, setChannel] = useState<string | null>(null);
  const [command, setCommand] = useState<string | null>(null);
  const isAsked = member !== null && command !== null;
  const query = { member: member ?? "", command: command ?? "", ...(channel && { channel }) };
  const path = "/api/v1/guilds/{guild_id}/permissions/explain";
  const explanation = $api.useQuery("get", path, { params: { path: { guild_id }, query } }, { enabled: isAsked, staleTime: 0 });
  return (
    <Card>
      <CardHeader>
        <CardTitle>May they?</CardTitle>
        <CardDescription>The bot judges as it would for the command itself, with all roles and rules of this moment.</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-5">
        <div className="grid gap-4 md:grid-cols-3">
          <Field label="Who">{(aria) => <UserPicker {...aria} value={member} onChange={setMember} />}</Field>
          <Field label="Which command">{(aria) => <TargetPicker {...aria} kind="command" value={command} onChange={setCommand} />}</Field>
          <Field label="Where">
            {(aria) => <ChannelPicker {...aria} placeholder="Anywhere" value={channel} onChange={setChannel} />}
          </Field>
        </div>
        {isAsked ? (
          <Loaded query={explanation}>{(data) => <Answer explanation={data} />}</Loaded>
        ) : (
          <Empty icon={HelpCircleIcon} title="Choose a person and a command" />
        )}
      </CardContent>
    </Card>
  );
}

const OUTCOMES: Record<string, string> = { allowed: "Allowed", refused: "Refused", ignored: "Ignored" };

function Answer({ explanation }: { explanation: Explanation }) {
  const isAllowed = explanation.outcome === "allowed";
  const Icon = isAllowed ? CheckIcon : XIcon;
  return (
    <div className="grid gap-4" aria-live="polite">
      <div className={cn("flex items-start gap-3 rounded-lg border p-4", isAllowed ? "border-success/30 bg-success/10" : "border-destructive/30 bg-destructive/10")}>
        <Icon className={cn("mt-0.5 size-5 shrink-0", isAllowed ? "text-success" : "text-destructive")} aria-hidden />
        <div className="grid gap-0.5">
          <p className="font-semibold">{OUTCOMES[explanation.outcome] ?? explanation.outcome}</p>
          <p className="text-sm">{decider(explanation)}</p>
          <p className="text-sm text-muted-foreground">{floor(explanation)}</p>
        </div>
      </div>
      {explanation.rules.length > 0 && (
        <ol className="divide-y rounded-lg border" aria-label="Rules about this, the first one first">
          {explanation.rules.map((rule) => (
            <WeighedRule key={rule.number} rule={rule} />
          ))}
        </ol>
      )}
    </div>
  );
}

function decider({ decided_by, rule_number, reason }: Explanation): string {
  if (decided_by === "rule") return `Rule #${rule_number} decides.`;
  if (decided_by === "owner") return "They own the server, whom no rule refuses anything.";
  if (decided_by === "discord") return "No rule decides, so Discord's permissions do.";
  return reason;
}

function floor({ needs, needs_level, meets_floor, level }: Explanation): string {
  if (needs === "0") return "The command is for everybody.";
  const asks = needs_level === null ? "" : ` or level ${needs_level}`;
  return meets_floor
    ? `They have the permission on Discord${asks} that the command asks for.`
    : `They lack the permission on Discord${asks} that the command asks for; their level is ${level}.`;
}

const WEIGHTS: Record<string, { label: string; tone: "success" | "warning" | "neutral" }> = {
  decides: { label: "decides", tone: "success" },
  overruled: { label: "an earlier one decides", tone: "neutral" },
  ran_out: { label: "ran out", tone: "neutral" },
  opens_nothing: { label: "a place opens nothing that Discord keeps closed", tone: "warning" },
};

function WeighedRule({ rule }: { rule: Explanation["rules"][number] }) {
  const weight = WEIGHTS[rule.weight] ?? { label: rule.weight, tone: "neutral" as const };
  const verdict = VERDICTS[rule.access as Verdict];
  const decides = rule.weight === "decides";
  return (
    <li className={cn("flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm", decides ? "bg-success/5" : "text-muted-foreground")}>
      <span className="tabular-nums">#{rule.number}</span>
      <Badge tone={decides ? verdict.tone : "neutral"}>{verdict.label}</Badge>
      <span className="font-mono text-xs">{targetText(rule.scope, rule.target)}</span>
      <SubjectName subject={rule.subject} id={rule.subject_id} />
      <Badge tone={weight.tone} className="ml-auto whitespace-normal">
        {weight.label}
      </Badge>
    </li>
  );
}
