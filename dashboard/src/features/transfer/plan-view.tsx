"use client";

import { AlertTriangleIcon, ArrowRightIcon } from "lucide-react";
import { DifferenceList } from "@/components/difference-list";
import { Badge } from "@/components/ui/badge";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Checkbox } from "@/components/ui/checkbox";
import { Field, Label } from "@/components/ui/field";
import { Switch } from "@/components/ui/switch";
import type { Choices, Plan } from "./use-import";

const titled = (name: string) => name.replace("settings.", "Settings of ").replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase());

type PlanViewProps = { whole: Plan; plan: Plan; choices: Choices; onChange: (choices: Choices) => void };

/** What an import would do, section by section. */
export function PlanView({ whole, plan, choices, onChange }: PlanViewProps) {
  const names = whole.sections.map((section) => section.name);
  const chosen = choices.sections ?? names;
  function choose(name: string, isChosen: boolean) {
    const next = names.filter((one) => (one === name ? isChosen : chosen.includes(one)));
    onChange({ ...choices, sections: next.length === names.length ? null : next });
  }
  return (
    <div className="grid grid-cols-1 gap-6">
      <Card>
        <CardHeader>
          <CardTitle>What to take in</CardTitle>
          <CardDescription>What is in a section takes the place of what is here; a section without a tick stays as it is.</CardDescription>
        </CardHeader>
        <CardContent className="grid gap-1 sm:grid-cols-2">
          {whole.sections.map(({ name, change_count }) => (
            <div key={name} className="flex items-center gap-3 rounded-md p-2 hover:bg-muted/60">
              <Checkbox id={`section-${name}`} checked={chosen.includes(name)} onCheckedChange={(next) => choose(name, next === true)} />
              <Label htmlFor={`section-${name}`} className="min-w-0 flex-1 truncate font-normal">
                {titled(name)}
              </Label>
              <Badge tone={change_count ? "info" : "neutral"}>{change_count === 1 ? "1 change" : `${change_count} changes`}</Badge>
            </div>
          ))}
        </CardContent>
      </Card>
      <Obstacles plan={plan} choices={choices} onChange={onChange} />
      {plan.replaced.length > 0 && <Replaced plan={plan} />}
      <Card>
        <CardHeader>
          <CardTitle>{plan.change_count === 0 ? "Nothing would change" : `${plan.change_count} changes`}</CardTitle>
          {plan.change_count > plan.changes.length && <CardDescription>The first {plan.changes.length} of them.</CardDescription>}
        </CardHeader>
        <CardContent className="max-h-[32rem] overflow-y-auto" tabIndex={0} role="region" aria-label="Changes">
          <DifferenceList changes={plan.changes} />
        </CardContent>
      </Card>
    </div>
  );
}

function Obstacles({ plan, choices, onChange }: Omit<PlanViewProps, "whole">) {
  const obstacles = Object.entries(plan.left_out);
  if (obstacles.length === 0) return null;
  return (
    <Card className="border-warning/40">
      <CardHeader>
        <CardTitle className="flex items-center gap-2">
          <AlertTriangleIcon className="size-4 text-warning" aria-hidden /> What cannot be taken in
        </CardTitle>
      </CardHeader>
      <CardContent className="grid gap-4">
        <ul className="grid gap-2 text-sm">
          {obstacles.map(([place, why]) => (
            <li key={place} className="break-words">
              <span className="font-medium">{place}</span>: <span className="text-muted-foreground">{why}</span>
            </li>
          ))}
        </ul>
        <Field label="Leave these out and import the rest" isInline>
          {(aria) => <Switch {...aria} checked={choices.leaveOut} onCheckedChange={(leaveOut) => onChange({ ...choices, leaveOut })} />}
        </Field>
      </CardContent>
    </Card>
  );
}

const Replaced = ({ plan }: { plan: Plan }) => (
  <Card>
    <CardHeader>
      <CardTitle>Found here by name</CardTitle>
      <CardDescription>Roles and channels of the other server, and those of the same name in this one.</CardDescription>
    </CardHeader>
    <CardContent>
      <ul className="grid gap-1.5 text-sm">
        {plan.replaced.map((pair) => (
          <li key={`${pair.kind}${pair.old_id}`} className="flex flex-wrap items-center gap-2">
            <span>
              {pair.kind} {pair.name}
            </span>
            <span className="font-mono text-xs text-muted-foreground">{pair.old_id}</span>
            <ArrowRightIcon className="size-3.5" aria-label="becomes" />
            <span className="font-mono text-xs">{pair.new_id}</span>
          </li>
        ))}
      </ul>
    </CardContent>
  </Card>
);
