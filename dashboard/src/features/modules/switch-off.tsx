"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";

type SwitchOffProps = {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  label: string;
  kind: "module" | "command";
  onConfirm: (reason: string) => Promise<void>;
};

/** Asks before something is switched off, and for what people are told who try it. */
export function SwitchOff({ isOpen, onOpenChange, label, kind, onConfirm }: SwitchOffProps) {
  const [reason, setReason] = useState("");
  const [isBusy, setBusy] = useState(false);
  async function confirm() {
    setBusy(true);
    try {
      await onConfirm(reason.trim());
      onOpenChange(false);
      setReason("");
    } catch {
      // The request has told what went wrong; the question stays, so that it can be tried again.
    } finally {
      setBusy(false);
    }
  }
  const description = kind === "module" ? "Its commands are refused till it is on again. All that it keeps stays." : "It is refused till it is on again.";
  return (
    <Dialog isOpen={isOpen} onOpenChange={onOpenChange} title={`Switch ${label} off?`} description={description}>
      <form
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <Field label="What people are told" hint="It may stay empty.">
          {(aria) => <Input {...aria} maxLength={200} value={reason} onChange={(event) => setReason(event.target.value)} placeholder="We use another one for this" />}
        </Field>
        <div className="flex justify-end gap-2">
          <Button variant="outline" onClick={() => onOpenChange(false)}>
            Cancel
          </Button>
          <Button type="submit" isBusy={isBusy}>
            Switch off
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
