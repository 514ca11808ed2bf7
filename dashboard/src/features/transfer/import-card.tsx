"use client";

import { UploadIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Loaded } from "@/components/ui/states";
import { PlanView } from "./plan-view";
import { useApply, usePlan, type Choices, type Plan, type Upload } from "./use-import";

const EVERYTHING: Choices = { sections: null, leaveOut: false };

/** Takes an export in: first it shows what would be done, then it does that and nothing else. */
export function ImportCard() {
  const [upload, setUpload] = useState<Upload | null>(null);
  async function read(file: File | undefined) {
    setUpload(file ? { name: file.name, text: await file.text(), readAt: Date.now() } : null);
  }
  return (
    <div className="grid grid-cols-1 gap-6">
      <Card>
        <CardHeader>
          <CardTitle>Import</CardTitle>
          <CardDescription>Choose a file that was exported here or on another server. Nothing is changed before you have seen what would be.</CardDescription>
        </CardHeader>
        <CardContent>
          <Field label="File" hint="JSON, at most 1 MB.">
            {(aria) => (
              <Input
                {...aria}
                type="file"
                accept="application/json,.json"
                className="h-auto max-w-md py-1.5 file:mr-3 file:rounded-md file:bg-secondary file:px-3 file:py-1 file:text-sm"
                onChange={(event) => void read(event.target.files?.[0])}
              />
            )}
          </Field>
        </CardContent>
      </Card>
      {upload && <Planned key={upload.readAt} upload={upload} onDone={() => setUpload(null)} />}
    </div>
  );
}

function Planned({ upload, onDone }: { upload: Upload; onDone: () => void }) {
  const [choices, setChoices] = useState(EVERYTHING);
  const whole = usePlan(upload, { ...EVERYTHING, leaveOut: true });
  const plan = usePlan(upload, choices);
  return (
    <Loaded query={whole}>
      {(all) => (
        <Loaded query={plan}>
          {(planned) => (
            <>
              <PlanView whole={all} plan={planned} choices={choices} onChange={setChoices} />
              <ApplyBar upload={upload} plan={planned} isStale={plan.isPlaceholderData} choices={choices} onDone={onDone} />
            </>
          )}
        </Loaded>
      )}
    </Loaded>
  );
}

type ApplyBarProps = { upload: Upload; plan: Plan; isStale: boolean; choices: Choices; onDone: () => void };

function ApplyBar({ upload, plan, isStale, choices, onDone }: ApplyBarProps) {
  const [reason, setReason] = useState("");
  const apply = useApply(upload, choices);
  async function confirm() {
    const done = await apply.mutateAsync({ fingerprint: plan.fingerprint, reason });
    toast.success(done.change_count === 1 ? "1 change is made." : `${done.change_count} changes are made.`);
    onDone();
  }
  return (
    <Card className="sticky bottom-4 flex flex-wrap items-end justify-between gap-4 p-4 shadow-lg">
      <Field label="Reason" className="min-w-56 flex-1">
        {(aria) => <Input {...aria} value={reason} maxLength={300} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      <Confirm
        trigger={
          <Button disabled={isStale || plan.is_refused || plan.change_count === 0}>
            <UploadIcon aria-hidden /> Import
          </Button>
        }
        title={`Make ${plan.change_count} changes?`}
        body="They are made all together, or not at all. The history of each module can take its settings back."
        action="Import"
        onConfirm={confirm}
      />
    </Card>
  );
}
