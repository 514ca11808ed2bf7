"use client";

import { useState, type FormEvent } from "react";
import { toast } from "sonner";
import { $api, told, type Problem } from "@/client";
import { ExpiryField } from "@/components/expiry-field";
import { RolePicker, UserPicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Textarea } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { useGuildId } from "@/hooks/use-guild-id";
import type { RightName } from "@/hooks/use-rights";
import { Holder } from "./holder";
import { RightsField } from "./rights-field";
import { FOR_PEOPLE } from "./rights";
import type { Grant } from "./tree";
import { useAccessChanged } from "./use-access";

const KINDS = [
  { value: "user", label: "A person" },
  { value: "role", label: "A role" },
] as const;

type GrantDialogProps = {
  /** The grant to change; without one, somebody new is given access. */
  grant?: Grant;
  canGive: readonly RightName[];
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
};

/** Gives somebody access, or changes what they have. */
export function GrantDialog({ grant, canGive, isOpen, onOpenChange }: GrantDialogProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onOpenChange={onOpenChange}
      title={grant ? "Change access" : "Give access"}
      description="It counts with their next click, and ends when your own access does."
    >
      <GrantForm grant={grant} canGive={canGive} onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function GrantForm({ grant, canGive, onDone }: { grant?: Grant; canGive: readonly RightName[]; onDone: () => void }) {
  const guild_id = useGuildId();
  const changed = useAccessChanged();
  const [kind, setKind] = useState<"user" | "role">(grant?.kind ?? "user");
  const [holder, setHolder] = useState<string | null>(grant?.id ?? null);
  const [rights, setRights] = useState<RightName[]>(grant?.rights ?? []);
  const [expiresAt, setExpiresAt] = useState(grant?.expires_at ?? null);
  const [reason, setReason] = useState(grant?.reason ?? "");
  const give = $api.useMutation("post", "/api/v1/guilds/{guild_id}/authorized-users", { meta: { isHandled: true } });
  const problem = give.error as Problem | null;
  const told_by = (field: string) => problem?.problems?.[field] ?? problem?.problems?.[`body.${field}`];

  async function submit(event: FormEvent) {
    event.preventDefault();
    const who = kind === "user" ? { user_id: holder } : { role_id: holder };
    await give.mutateAsync({ params: { path: { guild_id } }, body: { ...who, rights, expires_at: expiresAt, reason } });
    toast.success(grant ? "Their access is changed." : "They have access now.");
    await changed();
    onDone();
  }

  function chooseKind(next: "user" | "role") {
    setKind(next);
    setHolder(null);
    if (next === "role") setRights(rights.filter((right) => !FOR_PEOPLE.includes(right)));
  }

  return (
    <form className="grid gap-4" onSubmit={(event) => void submit(event).catch(() => undefined)}>
      {grant ? (
        <div className="rounded-md border bg-muted/40 px-3 py-2">
          <Holder kind={grant.kind} id={grant.id} />
        </div>
      ) : (
        <>
          <Field label="To whom">{(aria) => <Select {...aria} value={kind} onValueChange={chooseKind} options={KINDS} />}</Field>
          <Field label={kind === "user" ? "Person" : "Role"} error={told_by("holder") ?? told_by("user_id") ?? told_by("role_id")}>
            {(aria) =>
              kind === "user" ? (
                <UserPicker {...aria} value={holder} onChange={setHolder} />
              ) : (
                <RolePicker {...aria} value={holder} onChange={setHolder} />
              )
            }
          </Field>
        </>
      )}
      <RightsField value={rights} onChange={setRights} canGive={canGive} isForRole={kind === "role"} error={told_by("rights")} />
      <ExpiryField value={expiresAt} onChange={setExpiresAt} error={told_by("expires_at")} />
      <Field label="Reason" hint="For the list and the audit log." error={told_by("reason")}>
        {(aria) => <Textarea {...aria} value={reason} maxLength={300} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      {problem && (
        <p role="alert" className="text-sm text-destructive">
          {told(problem)}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button variant="outline" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" isBusy={give.isPending} disabled={!holder || rights.length === 0}>
          {grant ? "Save" : "Give access"}
        </Button>
      </div>
    </form>
  );
}
