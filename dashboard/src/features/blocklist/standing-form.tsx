"use client";

import { useState, type FormEvent, type ReactNode } from "react";
import { told, type Problem, type Schemas } from "@/client";
import { ExpiryField } from "@/components/expiry-field";
import { Button } from "@/components/ui/button";
import { Field, Textarea } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";

export type StandingIn = Schemas["StandingIn"];
const STATUSES = [
  { value: "blocked", label: "Block" },
  { value: "trusted", label: "Trust" },
] as const;
const MEANS = {
  blocked: "They can use no command, button or form of the bot.",
  trusted: "They are spared what protects against strangers, such as the limit of commands.",
};

type StandingFormProps = {
  /** Asks whom it is about. */
  subject: ReactNode;
  subjectId: string | null;
  more?: (status: StandingIn["status"]) => ReactNode;
  problem: unknown;
  isBusy: boolean;
  onSubmit: (wanted: StandingIn) => Promise<unknown>;
  onCancel: () => void;
};

/** What to decide about somebody. */
export function StandingForm({ subject, subjectId, more, problem, isBusy, onSubmit, onCancel }: StandingFormProps) {
  const [status, setStatus] = useState<StandingIn["status"]>("blocked");
  const [reason, setReason] = useState("");
  const [expiresAt, setExpiresAt] = useState<string | null>(null);
  const [isSilent, setSilent] = useState(false);
  const wrong = (field: string) => (problem as Problem | null)?.problems?.[field];
  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!subjectId) return;
    await onSubmit({ subject_id: subjectId, status, reason, expires_at: expiresAt, is_silent: status === "blocked" && isSilent });
  }
  return (
    <form className="grid gap-4" onSubmit={(event) => void submit(event).catch(() => undefined)}>
      {subject}
      <Field label="What to do" hint={MEANS[status]}>
        {(aria) => <Select {...aria} value={status} onValueChange={setStatus} options={STATUSES} />}
      </Field>
      <Field label="Reason" hint={status === "blocked" && !isSilent ? "They read it when they try to use the bot." : undefined} error={wrong("reason")}>
        {(aria) => <Textarea {...aria} value={reason} maxLength={300} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      <ExpiryField value={expiresAt} onChange={setExpiresAt} error={wrong("expires_at")} />
      {status === "blocked" && (
        <Field label="Silent" hint="Keeps the reason and the end from them." isInline>
          {(aria) => <Switch {...aria} checked={isSilent} onCheckedChange={setSilent} />}
        </Field>
      )}
      {more?.(status)}
      {problem != null && (
        <p role="alert" className="text-sm text-destructive">
          {told(problem)}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button variant="outline" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" variant={status === "blocked" ? "destructive" : "default"} isBusy={isBusy} disabled={!subjectId}>
          {status === "blocked" ? "Block" : "Trust"}
        </Button>
      </div>
    </form>
  );
}
