"use client";

import { ListChecksIcon, PencilIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api } from "@/client";
import { LoadMore } from "@/components/load-more";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Empty, Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import { cn } from "@/lib/cn";
import { ago, when } from "@/lib/time";
import { RuleDialog } from "./rule-dialog";
import { SubjectName } from "./subject-name";
import { useRules, useRulesChanged } from "./use-permissions";
import { VERDICTS, hasRunOut, targetText, type Rule } from "./words";

/** The rules of the server. */
export function RulesTable() {
  const rules = useRules();
  const canEdit = useRights().has("edit_settings");
  const [changing, setChanging] = useState<Rule | null>(null);
  return (
    <Card>
      <Loaded query={rules}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.rules);
          if (all.length === 0)
            return (
              <Empty icon={ListChecksIcon} title="No rules yet">
                What Discord allows is allowed. A rule changes that for a person, a role, a place or everybody.
              </Empty>
            );
          return (
            <Table aria-label="Rules">
              <TableHead>
                <TableRow>
                  <Th>#</Th>
                  <Th>What</Th>
                  <Th>Commands</Th>
                  <Th>Whom or where</Th>
                  <Th>Ends</Th>
                  <Th>Reason</Th>
                  <Th>
                    <span className="sr-only">Actions</span>
                  </Th>
                </TableRow>
              </TableHead>
              <TableBody>
                {all.map((rule) => (
                  <RuleRow key={rule.number} rule={rule} onChange={canEdit ? () => setChanging(rule) : undefined} />
                ))}
              </TableBody>
            </Table>
          );
        }}
      </Loaded>
      <LoadMore query={rules} label="Show more" />
      {changing && <RuleDialog rule={changing} onOpenChange={() => setChanging(null)} />}
    </Card>
  );
}

function RuleRow({ rule, onChange }: { rule: Rule; onChange?: () => void }) {
  const isOver = hasRunOut(rule);
  const verdict = VERDICTS[rule.access];
  return (
    <TableRow className={cn(isOver && "text-muted-foreground")}>
      <Td className="text-muted-foreground tabular-nums">{rule.number}</Td>
      <Td>
        <Badge tone={isOver ? "neutral" : verdict.tone}>{verdict.label}</Badge>
      </Td>
      <Td className="font-mono text-xs whitespace-nowrap">{targetText(rule.scope, rule.target)}</Td>
      <Td className="max-w-56">
        <SubjectName subject={rule.subject} id={rule.subject_id} />
      </Td>
      <Td className="whitespace-nowrap" title={rule.expires_at ? when(rule.expires_at) : undefined}>
        {rule.expires_at ? `${isOver ? "ran out" : ""} ${ago(rule.expires_at)}` : <span className="text-muted-foreground">never</span>}
      </Td>
      <Td className="max-w-64 min-w-32 break-words text-muted-foreground" title={`by ${rule.created_by_name}`}>
        {rule.reason}
      </Td>
      <Td className="text-right whitespace-nowrap">
        {onChange && (
          <>
            <Button variant="ghost" size="icon-sm" aria-label={`Change rule ${rule.number}`} onClick={onChange}>
              <PencilIcon aria-hidden />
            </Button>
            <Remove rule={rule} />
          </>
        )}
      </Td>
    </TableRow>
  );
}

function Remove({ rule }: { rule: Rule }) {
  const guild_id = useGuildId();
  const changed = useRulesChanged();
  const remove = $api.useMutation("delete", "/api/v1/guilds/{guild_id}/permissions/{number}");
  async function confirm() {
    await remove.mutateAsync({ params: { path: { guild_id, number: rule.number } } });
    toast.success(`Rule #${rule.number} is gone.`);
    await changed();
  }
  return (
    <Confirm
      trigger={
        <Button variant="ghost" size="icon-sm" aria-label={`Remove rule ${rule.number}`}>
          <Trash2Icon aria-hidden />
        </Button>
      }
      title={`Remove rule #${rule.number}?`}
      body="It stops to count at once. The audit log keeps what it said."
      action="Remove"
      onConfirm={confirm}
    />
  );
}
