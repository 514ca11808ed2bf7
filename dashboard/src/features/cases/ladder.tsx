"use client";

import { PlusIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Input } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Loaded } from "@/components/ui/states";
import { needsDuration, readStep, STEPS, takesDuration, writeStep, type Step } from "./ladder-words";
import { useModerationSettings } from "./use-moderation-settings";
import { useSettingsChange } from "./use-settings-change";

const NEW: Step = { points: 3, within: "", kind: "timeout", duration: "1h" };

/** What follows when the warnings of a member add up. */
export function Ladder() {
  const settings = useModerationSettings();
  return (
    <Loaded query={settings}>
      {({ values, version }) => <Steps key={version} version={version} lines={values.warning_steps} decay={values.warning_decay} />}
    </Loaded>
  );
}

function Steps({ version, lines, decay }: { version: number; lines: readonly string[]; decay: string | null }) {
  const change = useSettingsChange();
  const [steps, setSteps] = useState<Step[]>(() => lines.map(readStep).filter((step) => step !== undefined));
  const [falls, setFalls] = useState(decay ?? "");
  const written = steps.map(writeStep);
  const isChanged = written.join("\n") !== lines.join("\n") || falls !== (decay ?? "");
  const put = (index: number, part: Partial<Step>) => setSteps(steps.map((step, at) => (at === index ? { ...step, ...part } : step)));
  const save = () =>
    void change.save({ warning_steps: written, warning_decay: falls.trim() || null }, version).catch(() => undefined);
  return (
    <Card className="max-w-3xl">
      <CardHeader>
        <CardTitle>Ladder</CardTitle>
        <CardDescription>Each warning is worth a point, one of your own types as many as its severity.</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        {steps.length === 0 && <p className="text-sm text-muted-foreground">No steps: warnings lead to nothing by themselves.</p>}
        <ol className="grid gap-3">
          {steps.map((step, index) => (
            <li key={index} className="flex flex-wrap items-center gap-2 rounded-md border p-3 text-sm">
              <span>At</span>
              <Input
                aria-label={`Points of step ${index + 1}`}
                type="number"
                min={1}
                max={1000}
                className="w-20"
                value={step.points}
                onChange={(event) => put(index, { points: event.target.valueAsNumber || 1 })}
              />
              <span>points within</span>
              <Input
                aria-label={`Time of step ${index + 1}`}
                className="w-24"
                placeholder="any time"
                value={step.within}
                onChange={(event) => put(index, { within: event.target.value })}
              />
              <Select
                aria-label={`What step ${index + 1} does`}
                className="w-32"
                value={step.kind}
                onValueChange={(kind) => put(index, { kind })}
                options={STEPS.map((kind) => ({ value: kind, label: kind }))}
              />
              {takesDuration(step.kind) && (
                <Input
                  aria-label={`How long step ${index + 1} lasts`}
                  className="w-24"
                  required={needsDuration(step.kind)}
                  placeholder={needsDuration(step.kind) ? "1h" : "for good"}
                  value={step.duration}
                  onChange={(event) => put(index, { duration: event.target.value })}
                />
              )}
              <Button
                variant="ghost"
                size="icon-sm"
                className="ml-auto"
                aria-label={`Remove step ${index + 1}`}
                onClick={() => setSteps(steps.filter((_, at) => at !== index))}
              >
                <Trash2Icon aria-hidden />
              </Button>
            </li>
          ))}
        </ol>
        <div className="flex flex-wrap items-center gap-2 text-sm">
          <Button variant="outline" size="sm" disabled={steps.length >= 20} onClick={() => setSteps([...steps, NEW])}>
            <PlusIcon aria-hidden />
            Add step
          </Button>
          <label className="flex items-center gap-2 sm:ml-auto">
            A warning counts for
            <Input className="w-24" placeholder="good" value={falls} onChange={(event) => setFalls(event.target.value)} />
          </label>
        </div>
        {change.problem && Object.values(change.problem.problems).map((told) => (
          <p key={told} role="alert" className="text-sm text-destructive">
            {told}
          </p>
        ))}
        <Button className="justify-self-end" disabled={!isChanged} isBusy={change.isBusy} onClick={save}>
          Save ladder
        </Button>
      </CardContent>
    </Card>
  );
}
