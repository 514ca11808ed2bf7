"use client";

import { useQueryClient } from "@tanstack/react-query";
import { SlidersHorizontalIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api, told, type Problem, type Schemas } from "@/client";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { Empty, Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import { titled } from "@/lib/titles";
import type { Problems } from "./checks";
import { DefineSetting } from "./define-setting";
import { blank, isSame, shapeOf, type JsonSchema } from "./schema";
import { useChecks } from "./use-checks";
import { ValueControl } from "./value-control";

type Custom = Schemas["CustomOut"];
const LIST = "/api/v1/guilds/{guild_id}/custom-settings";

/** Settings that the server has defined itself, each with a JSON Schema. */
export function CustomSettings() {
  const guild_id = useGuildId();
  const mayEdit = useRights().has("edit_settings");
  const settings = $api.useQuery("get", LIST, { params: { path: { guild_id } } });
  return (
    <Page
      title="Custom settings"
      description="Settings of your server's own, for plugins and programs that read them."
      actions={mayEdit && <DefineSetting />}
    >
      <Loaded query={settings}>
        {({ settings: found }) =>
          found.length === 0 ? (
            <Empty icon={SlidersHorizontalIcon} title="No setting is defined yet">
              Give one a name and a JSON Schema, and its form stands here.
            </Empty>
          ) : (
            <ul className="grid max-w-3xl gap-4">
              {found.map((custom) => (
                <li key={`${custom.name} ${custom.version}`}>
                  <CustomCard custom={custom} mayEdit={mayEdit} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Page>
  );
}

function CustomCard({ custom, mayEdit }: { custom: Custom; mayEdit: boolean }) {
  const guild_id = useGuildId();
  const queries = useQueryClient();
  const checks = useChecks();
  const schema = custom.value_schema as JsonSchema;
  const [value, setValue] = useState<unknown>(() => (custom.is_set ? custom.value : blank(schema, schema)));
  const [refused, setRefused] = useState<Problems>({});
  const set = $api.useMutation("put", `${LIST}/{name}/value`, { meta: { isHandled: true } });
  const remove = $api.useMutation("delete", `${LIST}/{name}`);
  const path = { guild_id, name: custom.name };
  const isChanged = !custom.is_set || !isSame(value, custom.value);
  const problems = { ...checks?.problemsOfValue(schema, value, "value"), ...refused };
  const reload = () => queries.invalidateQueries({ queryKey: ["get", LIST] });
  async function save() {
    try {
      await set.mutateAsync({ params: { path }, body: { value, version: custom.version, reason: "" } });
      toast.success("Saved. It counts at once.");
      await reload();
    } catch (error) {
      setRefused((error as Partial<Problem>).problems ?? {});
      toast.error(told(error));
      if ((error as Partial<Problem>).status === 409) await reload();
    }
  }
  return (
    <Card className="grid gap-4 p-5">
      <Field label={schema.title ?? titled(custom.name)} hint={schema.description ?? custom.name} error={problems["value"]} isInline={shapeOf(schema, schema).kind === "bool"}>
        {(aria) => (
          <ValueControl
            root={schema}
            schema={schema}
            value={value}
            path="value"
            problems={problems}
            disabled={!mayEdit}
            aria={aria}
            onChange={(next) => {
              setValue(next);
              setRefused({});
            }}
          />
        )}
      </Field>
      {mayEdit && (
        <div className="flex justify-end gap-2">
          <Confirm
            trigger={<Button variant="ghost" size="sm">Delete</Button>}
            title={`Delete the setting ${custom.name}?`}
            body="Its value goes with it. The history can bring both back."
            action="Delete"
            onConfirm={async () => {
              await remove.mutateAsync({ params: { path } });
              await reload();
            }}
          />
          <Button size="sm" disabled={!isChanged || Object.keys(problems).length > 0} isBusy={set.isPending} onClick={() => void save()}>
            Save
          </Button>
        </div>
      )}
    </Card>
  );
}
