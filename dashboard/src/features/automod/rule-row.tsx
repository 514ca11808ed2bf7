"use client";

import { ArrowDownIcon, ArrowUpIcon, MoreHorizontalIcon, PencilIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";
import { $api } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { Menu, MenuContent, MenuItem, MenuTrigger } from "@/components/ui/menu";
import { Switch } from "@/components/ui/switch";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { cn } from "@/lib/cn";
import type { Rule } from "./rule";
import type { Part } from "./schema";
import { told } from "./words";

const RULES = "/api/v1/guilds/{guild_id}/automod/rules";

type Props = { rule: Rule; above?: Rule; below?: Rule; mayEdit: boolean; onEdit: () => void };

/** One rule in plain words, with its switch and its place in the order. */
export function RuleRow({ rule, above, below, mayEdit, onEdit }: Props) {
  const guild_id = useGuildId();
  const refresh = useRefresh(RULES);
  const params = { path: { guild_id, number: rule.number } };
  const change = $api.useMutation("patch", `${RULES}/{number}`, { onSettled: refresh });
  const remove = $api.useMutation("delete", `${RULES}/{number}`, { onSuccess: refresh });
  const [isAsking, setAsking] = useState(false);
  const isActive = change.isPending ? (change.variables.body.is_active ?? rule.is_active) : rule.is_active;
  const move = (priority: number) => change.mutate({ params, body: { priority: Math.min(Math.max(priority, 0), 10_000) } });
  const { trigger, conditions, effects } = rule.document as unknown as { trigger: Part; conditions: Part[]; effects: Part[] };
  return (
    <li className="flex items-start gap-4 p-4">
      <Switch
        className="mt-0.5"
        aria-label={`Rule ${rule.name} is on`}
        checked={isActive}
        disabled={!mayEdit}
        onCheckedChange={(is_active) => change.mutate({ params, body: { is_active } })}
      />
      <div className={cn("min-w-0 flex-1", !isActive && "opacity-60")}>
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span className="font-mono text-xs text-muted-foreground">#{rule.number}</span>
          {mayEdit ? (
            <button type="button" className="min-w-0 text-left break-words hover:underline" onClick={onEdit}>
              {rule.name}
            </button>
          ) : (
            <span className="min-w-0 break-words">{rule.name}</span>
          )}
          {rule.is_dry_run && <Badge tone="info">Dry run</Badge>}
          {rule.is_native && <Badge>Discord blocks it</Badge>}
        </p>
        <p className="mt-1 text-sm break-words text-muted-foreground">
          {told(trigger)}
          {conditions.length > 0 && <> · only if {conditions.map(told).join(", ").toLowerCase()}</>}
        </p>
        <p className="mt-1.5 flex flex-wrap gap-1.5">
          {effects.map((effect, index) => (
            <Badge key={index}>{told(effect)}</Badge>
          ))}
        </p>
      </div>
      {mayEdit && (
        <Menu>
          <MenuTrigger asChild>
            <Button variant="ghost" size="icon-sm" aria-label={`What to do with rule ${rule.name}`}>
              <MoreHorizontalIcon aria-hidden />
            </Button>
          </MenuTrigger>
          <MenuContent align="end">
            <MenuItem onSelect={onEdit}>
              <PencilIcon aria-hidden />
              Edit
            </MenuItem>
            <MenuItem onSelect={() => change.mutate({ params, body: { is_dry_run: !rule.is_dry_run } })}>
              {rule.is_dry_run ? "Let it act" : "Only tell (dry run)"}
            </MenuItem>
            {above && (
              <MenuItem onSelect={() => move(above.priority - 1)}>
                <ArrowUpIcon aria-hidden />
                Before “{above.name}”
              </MenuItem>
            )}
            {below && (
              <MenuItem onSelect={() => move(below.priority + 1)}>
                <ArrowDownIcon aria-hidden />
                After “{below.name}”
              </MenuItem>
            )}
            <MenuItem onSelect={() => setAsking(true)}>
              <Trash2Icon aria-hidden />
              Delete
            </MenuItem>
          </MenuContent>
        </Menu>
      )}
      {isAsking && (
        <Confirm
          isOpen
          onOpenChange={setAsking}
          title={`Delete rule “${rule.name}”?`}
          body="Who broke it stays in the list. The audit log has what it said."
          action="Delete"
          onConfirm={() => remove.mutateAsync({ params })}
        />
      )}
    </li>
  );
}
