"use client";

import { useState } from "react";
import { toast } from "sonner";
import { $api, once, type Schemas } from "@/client";
import { ChannelPicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Field, Input, Label, Textarea } from "@/components/ui/field";
import { Switch } from "@/components/ui/switch";
import { useGuildId } from "@/hooks/use-guild-id";
import { useCategories } from "../use-tickets";
import { useSetupChanged } from "./categories";
import { problemsOf } from "./problems";

type Panel = Schemas["PanelOut"];
type Draft = { channel_id: string | null; title: string; description: string; is_menu: boolean; categories: string[] };

const EMPTY: Draft = { channel_id: null, title: "", description: "", is_menu: false, categories: [] };

const draftOf = (panel: Panel | null): Draft =>
  panel
    ? {
        channel_id: panel.channel_id,
        title: panel.title,
        description: panel.description,
        is_menu: panel.is_menu,
        categories: [...panel.categories],
      }
    : EMPTY;

/** What a panel says, where it stands and what it offers. */
export function PanelForm({ panel, onDone }: { panel: Panel | null; onDone: () => void }) {
  const guild_id = useGuildId();
  const [draft, setDraft] = useState(() => draftOf(panel));
  const [key] = useState(once);
  const changed = useSetupChanged();
  const categories = useCategories().data?.categories ?? [];
  const meta = { meta: { isHandled: true } };
  const create = $api.useMutation("post", "/api/v1/guilds/{guild_id}/ticket-panels", meta);
  const change = $api.useMutation("put", "/api/v1/guilds/{guild_id}/ticket-panels/{number}", meta);
  const error = create.error ?? change.error;
  const problems = problemsOf(error);
  const put = (changes: Partial<Draft>) => setDraft((before) => ({ ...before, ...changes }));
  const offer = (name: string, isOffered: boolean) =>
    put({ categories: isOffered ? [...draft.categories, name] : draft.categories.filter((one) => one !== name) });

  async function save() {
    if (draft.channel_id === null) return;
    const body = { ...draft, channel_id: draft.channel_id };
    if (panel) await change.mutateAsync({ params: { path: { guild_id, number: panel.number } }, body });
    else await create.mutateAsync({ params: { path: { guild_id } }, headers: key, body });
    toast.success("The bot posts the panel.");
    await changed();
    onDone();
  }
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save().catch(() => {});
      }}
    >
      <Field label="Channel" error={problems.channel_id}>
        {(aria) => <ChannelPicker {...aria} kinds={["text", "news"]} value={draft.channel_id} onChange={(channel_id) => put({ channel_id })} />}
      </Field>
      <Field label="Title" error={problems.title}>
        {(aria) => <Input {...aria} required maxLength={100} value={draft.title} onChange={(event) => put({ title: event.target.value })} />}
      </Field>
      <Field label="Text" error={problems.description}>
        {(aria) => <Textarea {...aria} maxLength={1000} value={draft.description} onChange={(event) => put({ description: event.target.value })} />}
      </Field>
      <fieldset className="grid gap-2">
        <legend className="mb-1 text-sm font-medium">Offers</legend>
        {categories.length === 0 && <p className="text-sm text-warning">Make a category first.</p>}
        {categories.map((it) => (
          <Label key={it.number} className="flex items-center gap-2 font-normal">
            <Checkbox checked={draft.categories.includes(it.name)} onCheckedChange={(checked) => offer(it.name, checked === true)} />
            <span className="break-words">{it.name}</span>
          </Label>
        ))}
        {problems.categories && <p className="text-xs text-destructive">{problems.categories}</p>}
      </fieldset>
      <Field label="One menu instead of buttons" isInline>
        {(aria) => <Switch {...aria} checked={draft.is_menu} onCheckedChange={(is_menu) => put({ is_menu })} />}
      </Field>
      {error && (
        <p role="alert" className="text-sm text-destructive">
          {[error.detail, error.hint].filter(Boolean).join(" ")}
        </p>
      )}
      <Button
        type="submit"
        className="justify-self-end"
        disabled={draft.channel_id === null || draft.categories.length === 0}
        isBusy={create.isPending || change.isPending}
      >
        {panel ? "Save" : "Post panel"}
      </Button>
    </form>
  );
}
