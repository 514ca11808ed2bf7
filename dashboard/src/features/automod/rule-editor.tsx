"use client";

import { PlusIcon } from "lucide-react";
import { useState } from "react";
import { ChannelPicker, RolePicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { Switch } from "@/components/ui/switch";
import { PartEditor } from "./part-editor";
import { MANAGE_MESSAGES, type Draft } from "./rule";
import { newPart, problemsAt, type JsonSchema, type Part } from "./schema";

type Props = {
  root: JsonSchema;
  start: Draft;
  lists: readonly string[];
  problems: Record<string, string>;
  /** What is wrong with the rule as a whole. */
  told?: string;
  objection?: string | null;
  isBusy: boolean;
  onSave: (draft: Draft) => void;
  onCancel: () => void;
};

/** A rule: when (trigger), only if (conditions), then (effects), and whom it leaves alone. */
export function RuleEditor({ root, start, lists, problems, told, objection, isBusy, onSave, onCancel }: Props) {
  const [draft, setDraft] = useState(start);
  const put = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const say = (part: Partial<Draft["document"]>) => put({ document: { ...draft.document, ...part } });
  const { document } = draft;
  const parts = { root, lists };
  return (
    <form
      className="grid gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(draft);
      }}
    >
      <Field label="Name" hint="The member reads it as the reason." error={problemsAt(problems, "name")[""]}>
        {(aria) => <Input {...aria} required maxLength={60} value={draft.name} onChange={(event) => put({ name: event.target.value })} />}
      </Field>
      <Section title="When">
        <PartEditor
          {...parts}
          kind="trigger"
          label="What sets it off"
          part={document.trigger}
          problems={problemsAt(problems, "document.trigger")}
          onChange={(trigger) => say({ trigger })}
        />
      </Section>
      <Parts
        {...parts}
        title="Only if"
        kind="conditions"
        first="channels"
        add="Add condition"
        most={10}
        found={document.conditions}
        problems={problems}
        onChange={(conditions) => say({ conditions })}
      />
      <Parts
        {...parts}
        title="Then"
        kind="effects"
        first="alert"
        add="Add effect"
        least={1}
        most={10}
        found={document.effects}
        problems={problems}
        onChange={(effects) => say({ effects })}
      />
      <Section title="Whom it leaves alone">
        <Field label="Roles" error={problemsAt(problems, "document.exempt_roles")[""]}>
          {(aria) => <RolePicker {...aria} isMultiple value={document.exempt_roles} onChange={(exempt_roles) => say({ exempt_roles })} />}
        </Field>
        <Field label="Channels" error={problemsAt(problems, "document.exempt_channels")[""]}>
          {(aria) => <ChannelPicker {...aria} isMultiple value={document.exempt_channels} onChange={(exempt_channels) => say({ exempt_channels })} />}
        </Field>
        <Field label="Who may delete messages there" hint="Moderators, with the permission Manage Messages." isInline>
          {(aria) => (
            <Switch
              {...aria}
              checked={document.exempt_permissions !== "0"}
              onCheckedChange={(isOn) => say({ exempt_permissions: isOn ? MANAGE_MESSAGES : "0" })}
            />
          )}
        </Field>
      </Section>
      <Section title="How it works">
        <Field label="Only tell, do nothing" hint="A dry run: moderators are told what it would have done." isInline>
          {(aria) => <Switch {...aria} checked={draft.is_dry_run} onCheckedChange={(is_dry_run) => put({ is_dry_run })} />}
        </Field>
        <Field label="Look at no later rule once this one is broken" isInline>
          {(aria) => <Switch {...aria} checked={document.stop} onCheckedChange={(stop) => say({ stop })} />}
        </Field>
        <Field label="Let Discord's own AutoMod block it" hint={objection ?? "Then nobody ever sees the message."} isInline>
          {(aria) => (
            <Switch {...aria} disabled={!!objection && !draft.is_native} checked={draft.is_native} onCheckedChange={(is_native) => put({ is_native })} />
          )}
        </Field>
        <Field label="Place in the order" hint="Lower comes first; rules begin with 100." error={problemsAt(problems, "priority")[""]}>
          {(aria) => (
            <Input
              {...aria}
              type="number"
              min={0}
              max={10_000}
              className="w-32"
              value={draft.priority}
              onChange={(event) => put({ priority: event.target.valueAsNumber || 0 })}
            />
          )}
        </Field>
      </Section>
      {told && (
        <p role="alert" className="rounded-md bg-destructive/10 p-3 text-sm text-destructive">
          {told}
        </p>
      )}
      <div className="sticky bottom-0 -mx-5 -mb-5 flex justify-end gap-2 border-t bg-popover p-4">
        <Button variant="outline" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" isBusy={isBusy}>
          Save rule
        </Button>
      </div>
    </form>
  );
}

const Section = ({ title, children }: { title: string; children: React.ReactNode }) => (
  <section className="grid gap-3">
    <h3 className="text-sm font-semibold">{title}</h3>
    {children}
  </section>
);

type PartsProps = Pick<Props, "root" | "lists" | "problems"> & {
  title: string;
  kind: "conditions" | "effects";
  first: string;
  add: string;
  least?: number;
  most: number;
  found: readonly Part[];
  onChange: (parts: Part[]) => void;
};

function Parts({ root, lists, problems, title, kind, first, add, least = 0, most, found, onChange }: PartsProps) {
  const { "": whole, ...ofParts } = problemsAt(problems, `document.${kind}`);
  return (
    <Section title={title}>
      {whole && Object.keys(ofParts).length === 0 && (
        <p role="alert" className="text-xs text-destructive">
          {whole}
        </p>
      )}
      {found.map((part, index) => (
        <PartEditor
          key={index}
          root={root}
          lists={lists}
          kind={kind}
          label={`${title} ${index + 1}`}
          part={part}
          problems={problemsAt(problems, `document.${kind}.${index}`)}
          onChange={(next) => onChange(found.map((it, at) => (at === index ? next : it)))}
          onRemove={found.length > least ? () => onChange(found.filter((_, at) => at !== index)) : undefined}
        />
      ))}
      <Button
        variant="outline"
        size="sm"
        className="justify-self-start"
        disabled={found.length >= most}
        onClick={() => onChange([...found, newPart(root, kind, first)])}
      >
        <PlusIcon aria-hidden />
        {add}
      </Button>
    </Section>
  );
}
