"use client";

import { useState } from "react";
import { $api, told, type Problem, type Schemas } from "@/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";

type Kept = Schemas["AutomodEntries"];
type Kind = Kept["kind"];
const LIST = "/api/v1/guilds/{guild_id}/automod/lists/{name}";
const KINDS: { value: Kind; label: string }[] = [
  { value: "words", label: "Words" },
  { value: "domains", label: "Domains" },
  { value: "regex", label: "Patterns (RE2)" },
];

type Props = { name: string; mayEdit: boolean; onClose: () => void };

/** All that a list holds, one entry a line; without a name it is a new one. */
export function ListDialog(props: Props) {
  const guild_id = useGuildId();
  const list = $api.useQuery("get", LIST, { params: { path: { guild_id, name: props.name } } }, { enabled: props.name !== "" });
  return (
    <Dialog isOpen onOpenChange={props.onClose} title={props.name || "New list"} description="One entry a line.">
      {props.name ? <Loaded query={list}>{(kept) => <Form {...props} kept={kept} />}</Loaded> : <Form {...props} />}
    </Dialog>
  );
}

function Form({ kept, mayEdit, onClose }: Props & { kept?: Kept }) {
  const guild_id = useGuildId();
  const refresh = useRefresh("/api/v1/guilds/{guild_id}/automod/lists", LIST);
  const [name, setName] = useState(kept?.name ?? "");
  const [kind, setKind] = useState<Kind>(kept?.kind ?? "words");
  const [text, setText] = useState(kept?.entries.join("\n") ?? "");
  const entries = text.split("\n").filter((line) => line.trim());
  const put = $api.useMutation("put", LIST, {
    meta: { isHandled: true },
    onSuccess: async () => {
      onClose();
      await refresh();
    },
  });
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        put.mutate({ params: { path: { guild_id, name: name.trim() } }, body: { kind, entries } });
      }}
    >
      {!kept && (
        <Field label="Name">
          {(aria) => <Input {...aria} required maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
      )}
      <Field label="It holds">
        {(aria) => <Select {...aria} disabled={!!kept || !mayEdit} value={kind} onValueChange={setKind} options={KINDS} />}
      </Field>
      <Field label={`Entries (${entries.length})`} error={put.error ? told(put.error as Problem) : undefined}>
        {(aria) => (
          <Textarea
            {...aria}
            rows={12}
            spellCheck={false}
            readOnly={!mayEdit}
            className="font-mono"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        )}
      </Field>
      {mayEdit && (
        <Button type="submit" className="justify-self-end" isBusy={put.isPending} disabled={!name.trim() || entries.length === 0}>
          Save list
        </Button>
      )}
    </form>
  );
}
