"use client";

import { ChevronDownIcon, Settings2Icon } from "lucide-react";
import Link from "next/link";
import { useId, useState } from "react";
import type { Schemas } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Switch } from "@/components/ui/switch";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import { cn } from "@/lib/cn";
import { featureTitle } from "@/lib/titles";
import { SwitchOff } from "./switch-off";

type Module = Schemas["ModuleOut"];
export type Turn = { busy: boolean; set: (kind: "module" | "command", name: string, isOn: boolean, reason?: string) => Promise<void> };

export function ModuleCard({ module, turn }: { module: Module; turn: Turn | undefined }) {
  const [isOpen, setOpen] = useState(false);
  const list = useId();
  const guildId = useGuildId();
  const rights = useRights();
  const title = featureTitle(module.name);
  return (
    <Card className={cn("p-5", !module.is_on && "bg-muted/40")}>
      <div className="flex items-start justify-between gap-4">
        <div className="min-w-0">
          <h3 className="flex items-center gap-2 font-semibold tracking-tight">
            {title}
            {!module.is_on && <Badge>Off</Badge>}
          </h3>
          <p className="mt-1 text-sm text-muted-foreground">{module.summary}</p>
          {module.off_reason && <p className="mt-2 text-sm">People are told: {module.off_reason}</p>}
        </div>
        {module.can_be_off && <Toggle label={title} kind="module" name={module.name} isOn={module.is_on} turn={turn} />}
      </div>
      <div className="mt-4 flex flex-wrap gap-2">
        {module.has_settings && rights.has("view_settings") && module.name !== "configuration" && (
          <Button asChild variant="outline" size="sm">
            <Link href={`/g/${guildId}/settings/${module.name}`} aria-label={`Settings of ${title}`}>
              <Settings2Icon aria-hidden />
              Settings
            </Link>
          </Button>
        )}
        {module.commands.length > 0 && (
          <Button variant="ghost" size="sm" aria-expanded={isOpen} aria-controls={list} onClick={() => setOpen(!isOpen)}>
            {module.commands.length === 1 ? "1 command" : `${module.commands.length} commands`}
            <ChevronDownIcon className={cn("transition-transform", isOpen && "rotate-180")} aria-hidden />
          </Button>
        )}
      </div>
      {isOpen && (
        <ul id={list} className="mt-3 divide-y border-t">
          {module.commands.map((command) => (
            <li key={command.name} className="flex items-center justify-between gap-4 py-2.5">
              <div className="min-w-0">
                <p className="font-mono text-sm">/{command.name}</p>
                <p className="text-xs text-muted-foreground">{command.off_reason || command.description}</p>
              </div>
              {module.can_be_off && (
                <Toggle label={`/${command.name}`} kind="command" name={command.name} isOn={command.is_on} turn={turn} isMoot={!module.is_on} />
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

type ToggleProps = { label: string; kind: "module" | "command"; name: string; isOn: boolean; turn: Turn | undefined; isMoot?: boolean };

function Toggle({ label, kind, name, isOn, turn, isMoot }: ToggleProps) {
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Switch
        aria-label={label}
        checked={isOn}
        disabled={!turn || turn.busy || isMoot}
        onCheckedChange={(next) => (next ? void turn?.set(kind, name, true).catch(() => {}) : setAsking(true))}
      />
      {turn && (
        <SwitchOff isOpen={isAsking} onOpenChange={setAsking} label={label} kind={kind} onConfirm={(reason) => turn.set(kind, name, false, reason)} />
      )}
    </>
  );
}
