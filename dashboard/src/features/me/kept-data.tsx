"use client";

import { ChevronRightIcon } from "lucide-react";
import { $api, type Schemas } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { featureTitle } from "@/lib/titles";

type Kept = Schemas["KeptTableOut"];
type Counted = Record<string, number> | undefined;

/** What may be kept, by the feature that keeps it, why it stays or goes, and how much of it is about the reader. */
export function KeptData({ tables }: { tables: readonly Kept[] }) {
  const count = $api.useQuery("get", "/api/v1/users/me/data/rows", {}, { enabled: false });
  const counted = count.data?.rows;
  const features = [...new Set(tables.map((table) => table.feature))].sort();
  return (
    <Card>
      <div className="flex flex-wrap items-start justify-between gap-3 pr-5">
        <CardHeader>
          <CardTitle>What is kept</CardTitle>
          <CardDescription>Every place where something about a person may stand, and what an erasure does with it.</CardDescription>
        </CardHeader>
        <div className="pt-5 pl-5 sm:pl-0">
          <Button variant="outline" size="sm" isBusy={count.isFetching} onClick={() => void count.refetch()}>
            Count what is about me
          </Button>
        </div>
      </div>
      <p role="status" className="px-5 pt-2 text-sm">
        {count.error && <span className="text-destructive">{count.error.detail}</span>}
        {counted && total(counted)}
      </p>
      <ul className="mt-4 divide-y border-t">
        {features.map((feature) => (
          <Feature key={feature} name={feature} tables={tables.filter((table) => table.feature === feature)} counted={counted} />
        ))}
      </ul>
    </Card>
  );
}

const sum = (rows: Record<string, number>, tables: readonly Kept[]) => tables.reduce((all, table) => all + (rows[table.name] ?? 0), 0);

function total(rows: Record<string, number>): string {
  const all = Object.values(rows).reduce((one, other) => one + other, 0);
  return all === 0 ? "Nothing is kept about you." : `${all} ${all === 1 ? "entry is" : "entries are"} about you or mention you.`;
}

function Feature({ name, tables, counted }: { name: string; tables: readonly Kept[]; counted: Counted }) {
  const mine = counted && sum(counted, tables);
  return (
    <li>
      <details className="group">
        <summary className="flex cursor-pointer items-center gap-3 px-5 py-3 hover:bg-muted/50">
          <ChevronRightIcon className="size-4 shrink-0 transition-transform group-open:rotate-90" aria-hidden />
          <span className="flex-1 font-medium">{name ? featureTitle(name) : "The platform itself"}</span>
          {mine !== undefined && <Badge tone={mine ? "info" : "neutral"}>{mine ? `${mine} about you` : "Nothing"}</Badge>}
        </summary>
        <ul className="grid gap-4 px-5 pt-1 pb-5 pl-12">
          {tables.map((table) => (
            <li key={table.name} className="grid gap-1 text-sm">
              <p>
                <span>{table.about}</span>{" "}
                <code className="font-mono text-xs text-muted-foreground">{table.name}</code>
              </p>
              <ul className="list-disc pl-5 text-muted-foreground">
                {Object.entries(table.columns).map(([column, sentence]) => (
                  <li key={column}>
                    <code className="font-mono text-xs">{column}</code>: {plain(sentence)}
                  </li>
                ))}
              </ul>
              {table.terms.map((term) => (
                <p key={term}>{plain(term)}</p>
              ))}
            </li>
          ))}
        </ul>
      </details>
    </li>
  );
}

/** The sentences are Markdown with nothing but code in it. */
const plain = (sentence: string) => sentence.replaceAll("`", "");
