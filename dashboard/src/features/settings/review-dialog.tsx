"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Difference } from "./difference";
import type { JsonSchema } from "./schema";

type ReviewProps = {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  schema: JsonSchema;
  before: Record<string, unknown>;
  changes: Record<string, unknown>;
  onSave: (reason: string) => Promise<void>;
};

/** Shows what will be different before it counts, and asks why. */
export function ReviewDialog({ isOpen, onOpenChange, schema, before, changes, onSave }: ReviewProps) {
  const [reason, setReason] = useState("");
  const [isBusy, setBusy] = useState(false);
  async function save() {
    setBusy(true);
    try {
      await onSave(reason.trim());
      setReason("");
    } finally {
      setBusy(false);
    }
  }
  return (
    <Dialog isOpen={isOpen} onOpenChange={onOpenChange} title="Save these changes?" description="They count at once, and the history can take them back." className="max-w-xl">
      <form
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
          void save();
        }}
      >
        <ul className="grid max-h-[45vh] gap-3 overflow-y-auto">
          {Object.entries(changes).map(([key, value]) => (
            <Difference key={key} name={key} root={schema} before={before[key]} after={value} />
          ))}
        </ul>
        <Field label="Reason" hint="For the history; it may stay empty.">
          {(aria) => <Input {...aria} maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <div className="flex justify-end gap-2">
          <Button variant="outline" onClick={() => onOpenChange(false)}>
            Back
          </Button>
          <Button type="submit" isBusy={isBusy}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
