"use client";

import { useState } from "react";
import { $api, once, told, type Problem, type Schemas } from "@/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/field";
import { Switch } from "@/components/ui/switch";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";

type OwnType = Schemas["TypeOut"];
const TYPES = "/api/v1/guilds/{guild_id}/case-types";

/** A new type of cases, or a change of one. */
export function TypeForm({ type, onClose }: { type?: OwnType; onClose: () => void }) {
  const guild_id = useGuildId();
  const refresh = useRefresh(TYPES);
  const [name, setName] = useState(type?.name ?? "");
  const [state, setState] = useState({
    display_name: type?.display_name ?? "",
    description: type?.description ?? "",
    severity: type?.severity ?? 1,
    requires_duration: type?.requires_duration ?? false,
    is_archived: type?.is_archived ?? false,
  });
  const after = {
    meta: { isHandled: true },
    onSuccess: async () => {
      onClose();
      await refresh();
    },
  };
  const add = $api.useMutation("post", TYPES, after);
  const edit = $api.useMutation("patch", "/api/v1/guilds/{guild_id}/case-types/{name}", after);
  const problem = (add.error ?? edit.error) as Problem | null;
  const put = (part: Partial<typeof state>) => setState({ ...state, ...part });

  function save() {
    const { is_archived, ...same } = state;
    if (type) edit.mutate({ params: { path: { guild_id, name: type.name }, header: once() }, body: { ...same, is_archived } as Schemas["TypeChangeIn"] });
    else add.mutate({ params: { path: { guild_id }, header: once() }, body: { name, ...same } as Schemas["TypeIn"] });
  }
  return (
    <Dialog isOpen onOpenChange={onClose} title={type ? `Type ${type.display_name}` : "New type of cases"}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {!type && (
          <Field label="Short name" hint="What commands call it, such as advertising." error={problem?.problems.name}>
            {(aria) => <Input {...aria} required maxLength={32} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
        )}
        <Field label="Title" hint="What members and moderators read." error={problem?.problems.display_name}>
          {(aria) => <Input {...aria} required maxLength={100} value={state.display_name} onChange={(event) => put({ display_name: event.target.value })} />}
        </Field>
        <Field label="Description" error={problem?.problems.description}>
          {(aria) => <Textarea {...aria} maxLength={500} value={state.description} onChange={(event) => put({ description: event.target.value })} />}
        </Field>
        <Field label="Points on the ladder" hint="A usual warning is worth 1." error={problem?.problems.severity}>
          {(aria) => (
            <Input {...aria} type="number" min={1} max={10} value={state.severity} onChange={(event) => put({ severity: event.target.valueAsNumber || 1 })} />
          )}
        </Field>
        <Field label="Needs a duration" isInline>
          {(aria) => <Switch {...aria} checked={state.requires_duration} onCheckedChange={(requires_duration) => put({ requires_duration })} />}
        </Field>
        {type && (
          <Field label="Archived" hint="Old cases keep it; new ones cannot have it." isInline>
            {(aria) => <Switch {...aria} checked={state.is_archived} onCheckedChange={(is_archived) => put({ is_archived })} />}
          </Field>
        )}
        {problem && (
          <p role="alert" className="text-sm text-destructive">
            {told(problem)}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button variant="outline" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" isBusy={add.isPending || edit.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
