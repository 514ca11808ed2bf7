"use client";

import { useState } from "react";
import { told, type Problem } from "@/client";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Label, Textarea } from "@/components/ui/field";
import { useCaseChanges } from "./use-case-changes";
import { isInForce, type CaseFile } from "./words";

/** A moment as a control of the browser takes it: in the reader's time zone, to the minute. */
const local = (moment: string) => {
  const at = new Date(moment);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

/** The reason of a case, and the end of what it does while that lasts. */
export function EditCase({ file, onClose }: { file: CaseFile; onClose: () => void }) {
  const { edit } = useCaseChanges(file.number);
  const [reason, setReason] = useState(file.reason);
  const [end, setEnd] = useState(file.expires_at ? local(file.expires_at) : "");
  const [isForGood, setForGood] = useState(file.expires_at === null);
  const before = file.expires_at ? local(file.expires_at) : "";
  const isEndChanged = isInForce(file) && (isForGood ? file.expires_at !== null : end !== before);
  const isChanged = reason !== file.reason || isEndChanged;
  const problem = edit.error as Problem | null;

  function save() {
    const expires_at = isForGood ? null : new Date(end).toISOString();
    edit
      .send({ ...(reason !== file.reason && { reason }), ...(isEndChanged && { expires_at }) })
      .then(onClose, () => undefined);
  }
  return (
    <Dialog isOpen onOpenChange={onClose} title={`Edit case #${file.number}`} description="What stood here before is kept in its story.">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Field label="Reason" error={problem ? told(problem) : undefined}>
          {(aria) => <Textarea {...aria} required maxLength={1000} rows={4} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        {isInForce(file) && (
          <Field label="Ends" hint="Earlier, later, or now: the bot lifts it then.">
            {(aria) => (
              <div className="grid gap-2">
                <Input {...aria} type="datetime-local" disabled={isForGood} value={end} onChange={(event) => setEnd(event.target.value)} />
                {file.type !== "timeout" && (
                  <div className="flex items-center gap-2">
                    <Checkbox id="for-good" checked={isForGood} onCheckedChange={(checked) => setForGood(checked === true)} />
                    <Label htmlFor="for-good">Never ends by itself</Label>
                  </div>
                )}
              </div>
            )}
          </Field>
        )}
        <div className="flex justify-end gap-2">
          <Button variant="outline" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" isBusy={edit.isPending} disabled={!isChanged || (!isForGood && isInForce(file) && !end)}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
