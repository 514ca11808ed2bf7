"use client";

import { PlusIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Input, Textarea } from "@/components/ui/field";
import { Loaded } from "@/components/ui/states";
import { useModerationSettings } from "./use-moderation-settings";
import { useSettingsChange } from "./use-settings-change";

/** Reasons to pick from, in commands and here. */
export function ReasonTemplates() {
  const settings = useModerationSettings();
  return (
    <Loaded query={settings}>
      {({ values, version }) => <Templates key={version} version={version} kept={values.reason_templates} />}
    </Loaded>
  );
}

type Row = { name: string; text: string };

function Templates({ version, kept }: { version: number; kept: Record<string, string> }) {
  const change = useSettingsChange();
  const [rows, setRows] = useState<Row[]>(() => Object.entries(kept).map(([name, text]) => ({ name, text })));
  const wanted = Object.fromEntries(rows.filter((row) => row.name.trim()).map((row) => [row.name.trim(), row.text]));
  const isChanged = JSON.stringify(wanted) !== JSON.stringify(kept);
  const put = (index: number, part: Partial<Row>) => setRows(rows.map((row, at) => (at === index ? { ...row, ...part } : row)));
  return (
    <Card className="max-w-3xl">
      <CardHeader>
        <CardTitle>Reasons</CardTitle>
        <CardDescription>A short name, and the text that the member reads.</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4">
        {rows.length === 0 && <p className="text-sm text-muted-foreground">None yet. Add what you write again and again.</p>}
        {rows.map((row, index) => (
          <div key={index} className="grid grid-cols-[minmax(0,10rem)_minmax(0,1fr)_auto] items-start gap-2">
            <Input aria-label={`Name ${index + 1}`} maxLength={50} value={row.name} onChange={(event) => put(index, { name: event.target.value })} />
            <Textarea
              aria-label={`Text ${index + 1}`}
              className="min-h-9"
              maxLength={1000}
              value={row.text}
              onChange={(event) => put(index, { text: event.target.value })}
            />
            <Button variant="ghost" size="icon" aria-label={`Remove ${row.name || "this reason"}`} onClick={() => setRows(rows.filter((_, at) => at !== index))}>
              <Trash2Icon aria-hidden />
            </Button>
          </div>
        ))}
        <div className="flex items-center justify-between gap-2">
          <Button variant="outline" size="sm" disabled={rows.length >= 100} onClick={() => setRows([...rows, { name: "", text: "" }])}>
            <PlusIcon aria-hidden />
            Add reason
          </Button>
          <Button
            disabled={!isChanged || rows.some((row) => !row.text.trim())}
            isBusy={change.isBusy}
            onClick={() => void change.save({ reason_templates: wanted }, version).catch(() => undefined)}
          >
            Save reasons
          </Button>
        </div>
      </CardContent>
    </Card>
  );
}
