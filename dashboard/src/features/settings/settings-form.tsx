"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import { $api, told, type Problem, type Schemas } from "@/client";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import { grouped } from "./groups";
import { LeaveGuard } from "./leave-guard";
import { Notice } from "./notice";
import { ReviewDialog } from "./review-dialog";
import { SaveBar } from "./save-bar";
import type { JsonSchema } from "./schema";
import { SettingField } from "./setting-field";
import { useDraft } from "./use-draft";

type FormProps = { schema: JsonSchema; current: Schemas["SettingsOut"]; onReload: () => Promise<unknown> };

export function SettingsForm({ schema, current, onReload }: FormProps) {
  const guild_id = useGuildId();
  const mayEdit = useRights().has("edit_settings");
  const queries = useQueryClient();
  const draft = useDraft(schema, current);
  const [isReviewing, setReviewing] = useState(false);
  const path = { guild_id, feature: current.feature };
  const change = $api.useMutation("patch", "/api/v1/guilds/{guild_id}/config/{feature}", { meta: { isHandled: true } });
  const reset = $api.useMutation("delete", "/api/v1/guilds/{guild_id}/config/{feature}");

  async function reload() {
    await onReload();
    void queries.invalidateQueries({ queryKey: ["get", "/api/v1/guilds/{guild_id}/config/{feature}/history"] });
  }

  async function save(reason: string) {
    try {
      await change.mutateAsync({ params: { path }, body: { changes: draft.changes, version: draft.version, reason } });
      await reload();
      draft.discard();
      setReviewing(false);
      toast.success("Saved. It counts at once.");
    } catch (error) {
      const problem = error as Partial<Problem>;
      setReviewing(false);
      if (problem.problems) draft.refuse(problem.problems);
      if (problem.status === 409) await reload();
      else toast.error(told(error));
    }
  }

  async function resetAll() {
    await reset.mutateAsync({ params: { path }, body: { version: current.version, reason: "" } });
    await reload();
    draft.discard();
    toast.success("All settings have their defaults again.");
  }

  return (
    <form
      className="grid max-w-3xl gap-6"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (draft.isDirty) setReviewing(true);
      }}
    >
      {current.obstacle && <Notice>{current.obstacle}</Notice>}
      {!mayEdit && <Notice>You may look at these settings, and not change them.</Notice>}
      {draft.isOutdated && (
        <Notice action={<Button size="sm" onClick={draft.catchUp}>Go on with my changes</Button>}>
          Somebody changed these settings meanwhile. What they changed is shown now, and what you changed is not saved yet. Look at it again.
        </Notice>
      )}
      {grouped(schema.properties ?? {}).map(({ title, properties, isTable }) => (
        <Card key={title}>
          <CardHeader>
            <CardTitle>{title}</CardTitle>
          </CardHeader>
          <CardContent className={isTable ? "divide-y py-2 *:py-3" : "grid gap-6"}>
            {properties.map(([key, property]) => (
              <SettingField
                key={key}
                name={key}
                isRow={isTable}
                root={schema}
                schema={property}
                value={draft.values[key]}
                isChanged={key in draft.changes}
                ignored={current.ignored[key]}
                disabled={!mayEdit || current.obstacle !== ""}
                problems={draft.problems}
                onChange={(value) => draft.set(key, value)}
              />
            ))}
          </CardContent>
        </Card>
      ))}
      {mayEdit && (current.is_set.length > 0 || current.obstacle) && (
        <Confirm
          trigger={<Button variant="outline" className="w-fit">Reset all to defaults</Button>}
          title="Reset all of these settings?"
          body="Each gets its default again. The history keeps what was set, and can bring it back."
          action="Reset all"
          onConfirm={resetAll}
        />
      )}
      <SaveBar draft={draft} isBusy={change.isPending} onReview={() => setReviewing(true)} />
      <ReviewDialog isOpen={isReviewing} onOpenChange={setReviewing} schema={schema} before={current.values} changes={draft.changes} onSave={save} />
      <LeaveGuard isDirty={draft.isDirty} />
    </form>
  );
}
