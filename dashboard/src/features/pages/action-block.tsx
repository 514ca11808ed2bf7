"use client";

import { useState } from "react";
import { toast } from "sonner";
import { $api, once, told, type Problem, type Schemas } from "@/client";
import { Button } from "@/components/ui/button";
import { Card, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import type { Problems } from "@/features/settings/checks";
import { blank, type JsonSchema } from "@/features/settings/schema";
import { SettingField } from "@/features/settings/setting-field";
import { useRefresh } from "@/hooks/use-refresh";
import type { PageAddress } from "./data-page";

type Values = Record<string, unknown>;

const DATA = [
  "/api/v1/guilds/{guild_id}/pages/{feature}/{page}/stats/{block}",
  "/api/v1/guilds/{guild_id}/pages/{feature}/{page}/tables/{block}",
] as const;

/** A button that does something; before it, a question or a small form where the feature wants one. */
export function ActionBlock({ block, address }: { block: Schemas["ActionBlock"]; address: PageAddress }) {
  const [isOpen, setOpen] = useState(false);
  const [problems, setProblems] = useState<Problems>({});
  // The key stays the same until it is done, so that a second attempt has no second effect.
  const [key, setKey] = useState(once);
  const refresh = useRefresh(...DATA);
  const action = $api.useMutation("post", "/api/v1/guilds/{guild_id}/pages/{feature}/{page}/actions/{block}", {
    meta: { isHandled: true },
  });
  if (!block.is_allowed) return null;

  async function run(form: Values) {
    try {
      const done = await action.mutateAsync({
        params: { path: { ...address, block: block.name }, header: key },
        body: { form },
      });
      setOpen(false);
      setProblems({});
      setKey(once());
      toast.success(done.message);
      await refresh();
    } catch (error) {
      const problem = error as Partial<Problem>;
      setProblems(problem.problems ?? {});
      // A refusal is final, and another form is another request; only a lost answer is asked for again.
      if (problem.status && problem.status < 500) setKey(once());
      toast.error(told(error));
    }
  }

  const isAsking = block.form !== null || block.confirm !== "";
  return (
    <Card>
      <CardHeader className="flex-row flex-wrap items-center justify-between gap-4 pb-5">
        <div className="min-w-0">
          <CardTitle>{block.title}</CardTitle>
          {block.summary && <CardDescription>{block.summary}</CardDescription>}
        </div>
        <Button
          variant={block.is_destructive ? "destructive" : "secondary"}
          isBusy={action.isPending && !isAsking}
          onClick={() => (isAsking ? setOpen(true) : void run({}))}
        >
          {block.title}
        </Button>
      </CardHeader>
      <Dialog isOpen={isOpen} onOpenChange={setOpen} title={block.title} description={block.confirm || undefined}>
        <ActionForm
          schema={(block.form ?? {}) as JsonSchema}
          problems={problems}
          isBusy={action.isPending}
          isDestructive={block.is_destructive}
          label={block.title}
          onRun={run}
        />
      </Dialog>
    </Card>
  );
}

type ActionFormProps = {
  schema: JsonSchema;
  problems: Problems;
  isBusy: boolean;
  isDestructive: boolean;
  label: string;
  onRun: (values: Values) => Promise<void>;
};

function ActionForm({ schema, problems, isBusy, isDestructive, label, onRun }: ActionFormProps) {
  const fields = Object.entries(schema.properties ?? {});
  const [values, setValues] = useState<Values>(() =>
    Object.fromEntries(fields.map(([name, field]) => [name, blank(schema, field)])),
  );
  return (
    <form
      noValidate
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        void onRun(values);
      }}
    >
      {fields.map(([name, field]) => (
        <SettingField
          key={name}
          name={name}
          root={schema}
          schema={field}
          value={values[name]}
          isChanged={false}
          disabled={isBusy}
          problems={problems}
          onChange={(value) => setValues({ ...values, [name]: value })}
        />
      ))}
      <Button type="submit" className="justify-self-end" variant={isDestructive ? "destructive" : "default"} isBusy={isBusy}>
        {label}
      </Button>
    </form>
  );
}
