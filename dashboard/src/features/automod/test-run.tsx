"use client";

import { FlaskConicalIcon } from "lucide-react";
import { useState } from "react";
import { $api, told as toldOf, type Problem, type Schemas } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Field, Textarea } from "@/components/ui/field";
import { useGuildId } from "@/hooks/use-guild-id";
import type { Rule } from "./rule";
import type { Part } from "./schema";
import { titleOf, told } from "./words";

type Verdict = Schemas["AutomodTestOut"];
const LINK = /^https:\/\/(?:\w+\.)?discord(?:app)?\.com\/channels\/\d+\/\d+\/\d+$/;

/** A text, or the link of a past message, against all rules: which are broken, and what would happen. Nothing is done. */
export function TestRun() {
  const guild_id = useGuildId();
  const [text, setText] = useState("");
  const path = { guild_id };
  const rules = $api.useQuery("get", "/api/v1/guilds/{guild_id}/automod/rules", { params: { path } });
  const run = $api.useMutation("post", "/api/v1/guilds/{guild_id}/automod/test", { meta: { isHandled: true } });
  const isLink = LINK.test(text.trim());
  return (
    <Card className="lg:sticky lg:top-20">
      <CardHeader>
        <CardTitle>Try the rules</CardTitle>
        <CardDescription>Write what somebody may write, or paste the link of a message. Nothing is done.</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        <form
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            run.mutate({ params: { path }, body: isLink ? { message: text.trim() } : { content: text } });
          }}
        >
          <Field label="Message" error={run.error ? toldOf(run.error as Problem) : undefined}>
            {(aria) => <Textarea {...aria} required maxLength={4000} value={text} onChange={(event) => setText(event.target.value)} />}
          </Field>
          <Button type="submit" variant="secondary" isBusy={run.isPending} disabled={!text.trim()}>
            <FlaskConicalIcon aria-hidden />
            Try it
          </Button>
        </form>
        <div aria-live="polite">{run.data && <Result verdict={run.data} rules={rules.data?.rules ?? []} />}</div>
      </CardContent>
    </Card>
  );
}

function Result({ verdict, rules }: { verdict: Verdict; rules: readonly Rule[] }) {
  const broken = new Set(verdict.broken.map((hit) => hit.number));
  const others = rules.filter((rule) => rule.is_active && !broken.has(rule.number));
  const partsOf = (number: number, types: readonly string[]): Part[] =>
    (rules.find((rule) => rule.number === number)?.document.effects as unknown as Part[] | undefined) ?? types.map((type) => ({ type }));
  return (
    <div className="grid gap-3 text-sm">
      {verdict.user_id && (
        <p className="rounded-md bg-muted p-2 break-words">
          <span className="font-medium">{verdict.user_name}: </span>
          {verdict.content}
        </p>
      )}
      <p className="font-medium">
        {verdict.broken.length === 0
          ? "No rule is broken."
          : verdict.punishment
            ? `The member would get: ${titleOf(verdict.punishment).toLowerCase()}${verdict.points ? `, ${verdict.points} points` : ""}.`
            : `${verdict.broken.length} ${verdict.broken.length === 1 ? "rule is" : "rules are"} broken.`}
      </p>
      <ul className="grid gap-2">
        {verdict.broken.map((hit) => (
          <li key={hit.number} className="grid gap-1.5 rounded-md border border-warning/40 p-3">
            <p className="flex flex-wrap items-center gap-2 font-medium break-words">
              #{hit.number} {hit.name}
              {hit.is_dry_run && <Badge tone="info">Would only tell</Badge>}
            </p>
            {hit.matched && (
              <p className="text-xs text-muted-foreground">
                Found: <code className="rounded bg-muted px-1 break-all">{hit.matched}</code>
              </p>
            )}
            <p className="flex flex-wrap gap-1.5">
              {partsOf(hit.number, hit.effects).map((effect, index) => (
                <Badge key={index}>{told(effect)}</Badge>
              ))}
            </p>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <details className="text-xs text-muted-foreground">
          <summary className="cursor-pointer">{others.length} others are not</summary>
          <ul className="mt-2 grid gap-1">
            {others.map((rule) => (
              <li key={rule.number}>
                #{rule.number} {rule.name}: {verdict.spared[rule.number] ?? "its trigger finds nothing"}
              </li>
            ))}
          </ul>
          <p className="mt-2">Rules that count messages are never set off by a trial.</p>
        </details>
      )}
    </div>
  );
}
