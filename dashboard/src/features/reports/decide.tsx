"use client";

import { useState } from "react";
import { told, type Problem } from "@/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/field";
import type { useReportChanges } from "./use-report-changes";
import type { DECISIONS } from "./words";

type Props = {
  number: number;
  decision: (typeof DECISIONS)["report"][number];
  changes: ReturnType<typeof useReportChanges>;
  onClose: () => void;
};

/** Asks for the reason before something is decided for good. */
export function Decide({ number, decision, changes, onClose }: Props) {
  const [note, setNote] = useState("");
  const [duration, setDuration] = useState(decision.outcome === "timed_out" ? "1h" : "");
  const problem = changes.close.error as Problem | null;
  return (
    <Dialog isOpen onOpenChange={onClose} title={`${decision.label}: #${number}`} description="It is closed with this, and whoever wrote is told if they wanted to hear.">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          changes.decide(decision.outcome, note, decision.takesDuration ? duration.trim() || null : null).then(onClose, () => undefined);
        }}
      >
        <Field label={decision.asks} error={problem ? told(problem) : undefined}>
          {(aria) => <Textarea {...aria} maxLength={1000} required={decision.isNeeded} value={note} onChange={(event) => setNote(event.target.value)} />}
        </Field>
        {decision.takesDuration && (
          <Field label="For how long" hint={decision.outcome === "banned" ? "Empty: for good." : "Such as 30m, 12h or 7d."}>
            {(aria) => <Input {...aria} required={decision.outcome === "timed_out"} value={duration} onChange={(event) => setDuration(event.target.value)} />}
          </Field>
        )}
        <div className="flex justify-end gap-2">
          <Button variant="outline" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" variant={decision.isDestructive ? "destructive" : "default"} isBusy={changes.close.isPending}>
            {decision.label}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
