"use client";

import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import { $api, told, type Problem } from "@/client";
import { ExpiryField } from "@/components/expiry-field";
import { ChannelPicker, RolePicker, UserPicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Textarea } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { useGuildId } from "@/hooks/use-guild-id";
import { TargetPicker } from "./target-picker";
import { useRulesChanged } from "./use-permissions";
import { SCOPES, SUBJECTS, VERDICTS, type Rule, type Scope, type Subject, type Verdict } from "./words";

const options = <Value extends string>(words: Record<Value, string>) =>
  (Object.entries(words) as [Value, string][]).map(([value, label]) => ({ value, label }));
const VERDICT_OPTIONS = options(Object.fromEntries(Object.entries(VERDICTS).map(([value, { label }]) => [value, label])) as Record<Verdict, string>);

type RuleDialogProps = { rule?: Rule; onOpenChange: (isOpen: boolean) => void };

/** Makes a rule, or changes what one says; whom and what it is about stays, as another one would be another rule. */
export function RuleDialog({ rule, onOpenChange }: RuleDialogProps) {
  return (
    <Dialog isOpen onOpenChange={onOpenChange} title={rule ? `Change rule #${rule.number}` : "New rule"} description="It counts at once.">
      <RuleForm rule={rule} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function RuleForm({ rule, onDone }: { rule?: Rule; onDone: () => void }) {
  const guild_id = useGuildId();
  const changed = useRulesChanged();
  const [access, setAccess] = useState<Verdict>(rule?.access ?? "allow");
  const [subject, setSubject] = useState<Subject>(rule?.subject ?? "role");
  const [subjectId, setSubjectId] = useState<string | null>(rule?.subject_id ?? null);
  const [scope, setScope] = useState<Scope>(rule?.scope ?? "command");
  const [target, setTarget] = useState<string | null>(rule?.target ?? null);
  const [expiresAt, setExpiresAt] = useState(rule?.expires_at ?? null);
  const [reason, setReason] = useState(rule?.reason ?? "");
  const [isOnly, setOnly] = useState(false);
  const save = $api.useMutation("post", "/api/v1/guilds/{guild_id}/permissions", { meta: { isHandled: true } });
  const problem = save.error as Problem | null;
  const wrong = (field: string) => problem?.problems?.[field] ?? problem?.problems?.[`body.${field}`];
  const isWhole = (subject === "guild" || subjectId !== null) && (scope === "everything" || target !== null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const about = subject === "guild" ? null : subjectId;
    const body = { subject, subject_id: about, scope, target: scope === "everything" ? "" : (target ?? ""), access };
    const only = isOnly && access === "allow" && subject !== "guild";
    const done = await save.mutateAsync({ params: { path: { guild_id } }, body: { ...body, expires_at: expiresAt, reason, only } });
    toast.success(done.is_new ? `Rule #${done.rule.number} is made.` : `Rule #${done.rule.number} is changed.`);
    await changed();
    onDone();
  }

  return (
    <form className="grid gap-4" onSubmit={(event) => void submit(event).catch(() => undefined)}>
      <Field label="What to do" hint={VERDICTS[access].means}>
        {(aria) => <Select {...aria} value={access} onValueChange={setAccess} options={VERDICT_OPTIONS} />}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Whom or where">
          {(aria) => (
            <Select
              {...aria}
              value={subject}
              disabled={!!rule}
              options={options(SUBJECTS)}
              onValueChange={(next) => {
                setSubject(next);
                setSubjectId(null);
              }}
            />
          )}
        </Field>
        {subject !== "guild" && (
          <Field label={SUBJECTS[subject]} error={wrong("subject") ?? wrong("subject_id")}>
            {(aria) => <SubjectPicker {...aria} subject={subject} value={subjectId} onChange={setSubjectId} disabled={!!rule} />}
          </Field>
        )}
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Which commands">
          {(aria) => (
            <Select
              {...aria}
              value={scope}
              disabled={!!rule}
              options={options(SCOPES)}
              onValueChange={(next) => {
                setScope(next);
                setTarget(null);
              }}
            />
          )}
        </Field>
        {scope !== "everything" && (
          <Field label={scope === "command" ? "Command" : "Module"} error={wrong("target")}>
            {(aria) => <TargetPicker {...aria} kind={scope} value={target} onChange={setTarget} disabled={!!rule} />}
          </Field>
        )}
      </div>
      <ExpiryField value={expiresAt} onChange={setExpiresAt} error={wrong("expires_at")} />
      <Field label="Reason" error={wrong("reason")}>
        {(aria) => <Textarea {...aria} value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      {!rule && access === "allow" && subject !== "guild" && (
        <Field label="And nobody else" hint="Makes a second rule that denies the same to everybody." isInline error={wrong("only")}>
          {(aria) => <Switch {...aria} checked={isOnly} onCheckedChange={setOnly} />}
        </Field>
      )}
      {problem && (
        <p role="alert" className="text-sm text-destructive">
          {told(problem)}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button variant="outline" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" isBusy={save.isPending} disabled={!isWhole}>
          {rule ? "Save" : "Make the rule"}
        </Button>
      </div>
    </form>
  );
}

type SubjectPickerProps = { subject: Subject; value: string | null; onChange: (id: string | null) => void; disabled?: boolean; id?: string };

function SubjectPicker({ subject, ...props }: SubjectPickerProps) {
  if (subject === "member") return <UserPicker {...props} />;
  if (subject === "role") return <RolePicker {...props} />;
  if (subject === "category") return <ChannelPicker {...props} kinds={["category"]} placeholder="Choose a category" />;
  return <ChannelPicker {...props} />;
}
