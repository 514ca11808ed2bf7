"use client";

import { useQueryClient } from "@tanstack/react-query";
import { PlusIcon } from "lucide-react";
import { useState } from "react";
import { $api, told, type Problem } from "@/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/field";
import { useGuildId } from "@/hooks/use-guild-id";

const EXAMPLE = '{\n  "type": "string",\n  "title": "Theme",\n  "enum": ["light", "dark"]\n}';

/** Defines a setting of the server's own by its JSON Schema. */
export function DefineSetting() {
  const guild_id = useGuildId();
  const queries = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [text, setText] = useState(EXAMPLE);
  const [problem, setProblem] = useState("");
  const define = $api.useMutation("put", "/api/v1/guilds/{guild_id}/custom-settings/{name}", { meta: { isHandled: true } });
  async function save() {
    let value_schema: Record<string, unknown>;
    try {
      value_schema = JSON.parse(text) as Record<string, unknown>;
    } catch {
      return setProblem("This is no JSON.");
    }
    try {
      await define.mutateAsync({ params: { path: { guild_id, name: name.trim() } }, body: { value_schema, reason: "", version: 0 } });
      await queries.invalidateQueries({ queryKey: ["get", "/api/v1/guilds/{guild_id}/custom-settings"] });
      setOpen(false);
      setName("");
    } catch (error) {
      const more = Object.entries((error as Partial<Problem>).problems ?? {}).map(([where, what]) => `${where}: ${what}`);
      setProblem([told(error), ...more].join(" "));
    }
  }
  return (
    <>
      <Button size="sm" onClick={() => setOpen(true)}>
        <PlusIcon aria-hidden />
        Define a setting
      </Button>
      <Dialog isOpen={isOpen} onOpenChange={setOpen} title="Define a setting" description="Its form is made from the schema, and no value counts that does not fit it.">
        <form
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <Field label="Name">{(aria) => <Input {...aria} required maxLength={60} value={name} onChange={(event) => setName(event.target.value)} placeholder="theme" />}</Field>
          <Field label="JSON Schema" error={problem}>
            {(aria) => (
              <Textarea
                {...aria}
                rows={9}
                spellCheck={false}
                className="font-mono text-xs"
                value={text}
                onChange={(event) => {
                  setText(event.target.value);
                  setProblem("");
                }}
              />
            )}
          </Field>
          <div className="flex justify-end gap-2">
            <Button variant="outline" onClick={() => setOpen(false)}>
              Cancel
            </Button>
            <Button type="submit" disabled={!name.trim()} isBusy={define.isPending}>
              Define
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
