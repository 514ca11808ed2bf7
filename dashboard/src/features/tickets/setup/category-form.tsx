"use client";

import { useState } from "react";
import { toast } from "sonner";
import { $api, once, type Schemas } from "@/client";
import { ChannelPicker, RolePicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Field, Input, Textarea } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { useGuildId } from "@/hooks/use-guild-id";
import { useSetupChanged } from "./categories";
import { problemsOf } from "./problems";
import { Questions } from "./questions";

type Shape = Schemas["CategoryShape"];
type Category = Schemas["CategoryOut"];

const KINDS = [
  { value: "channel", label: "A channel each" },
  { value: "thread", label: "A private thread each" },
] as const;

const NEW: Shape = {
  name: "",
  description: "",
  kind: "channel",
  naming: "{category}-{number}",
  greeting: "",
  questions: [],
  open_limit: 1,
  staff_roles: [],
};

function shapeOf(category: Category | null): Shape {
  if (!category) return NEW;
  const { number, ...shape } = category;
  void number;
  return shape;
}

const amount = (text: string) => (text ? Number(text) : null);

/** All that is set of one sort of tickets. */
export function CategoryForm({ category, onDone }: { category: Category | null; onDone: () => void }) {
  const guild_id = useGuildId();
  const [shape, setShape] = useState(() => shapeOf(category));
  const [key] = useState(once);
  const changed = useSetupChanged();
  const meta = { meta: { isHandled: true } };
  const create = $api.useMutation("post", "/api/v1/guilds/{guild_id}/ticket-categories", meta);
  const change = $api.useMutation("put", "/api/v1/guilds/{guild_id}/ticket-categories/{number}", meta);
  const error = create.error ?? change.error;
  const problems = problemsOf(error);
  const put = <Name extends keyof Shape>(name: Name, value: Shape[Name]) => setShape((before) => ({ ...before, [name]: value }));

  async function save() {
    if (category) await change.mutateAsync({ params: { path: { guild_id, number: category.number } }, body: shape });
    else await create.mutateAsync({ params: { path: { guild_id } }, headers: key, body: shape });
    toast.success(category ? "The category is changed." : "The category takes tickets now.");
    await changed();
    onDone();
  }
  return (
    <form
      className="grid items-start gap-4 sm:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault();
        save().catch(() => {});
      }}
    >
      <Field label="Name" error={problems.name}>
        {(aria) => <Input {...aria} required maxLength={50} value={shape.name} onChange={(event) => put("name", event.target.value)} />}
      </Field>
      <Field label="Description" hint="Shown on panels." error={problems.description}>
        {(aria) => <Input {...aria} maxLength={100} value={shape.description} onChange={(event) => put("description", event.target.value)} />}
      </Field>
      <Field label="Staff" hint="Who has one of these roles answers." error={problems.staff_roles} className="sm:col-span-2">
        {(aria) => <RolePicker {...aria} isMultiple value={shape.staff_roles} onChange={(roles) => put("staff_roles", roles)} />}
      </Field>
      <Field label="Where" error={problems.kind}>
        {(aria) => <Select {...aria} value={shape.kind} onValueChange={(kind) => put("kind", kind)} options={KINDS} />}
      </Field>
      <Field label={shape.kind === "thread" ? "In the channel" : "Under the category of channels"} error={problems.parent_id}>
        {(aria) => (
          <ChannelPicker
            {...aria}
            kinds={shape.kind === "thread" ? ["text"] : ["category"]}
            value={shape.parent_id ?? null}
            onChange={(id) => put("parent_id", id)}
          />
        )}
      </Field>
      <Field label="Name of the channel" hint="With {number}, {user} and {category}." error={problems.naming}>
        {(aria) => <Input {...aria} required maxLength={50} value={shape.naming} onChange={(event) => put("naming", event.target.value)} />}
      </Field>
      <Field label="Emoji" error={problems.emoji}>
        {(aria) => <Input {...aria} maxLength={70} value={shape.emoji ?? ""} onChange={(event) => put("emoji", event.target.value || null)} />}
      </Field>
      <Field label="Greeting" error={problems.greeting} className="sm:col-span-2">
        {(aria) => <Textarea {...aria} maxLength={1000} value={shape.greeting} onChange={(event) => put("greeting", event.target.value)} />}
      </Field>
      <Whole label="Open at once, per person" value={shape.open_limit} max={20} error={problems.open_limit} onChange={(it) => put("open_limit", it ?? 1)} />
      <Whole label="First answer within (minutes)" value={shape.response_minutes} max={525_600} error={problems.response_minutes} onChange={(it) => put("response_minutes", it)} />
      <Whole label="Done within (minutes)" value={shape.resolution_minutes} max={525_600} error={problems.resolution_minutes} onChange={(it) => put("resolution_minutes", it)} />
      <Whole label="Close after silence of (hours)" value={shape.auto_close_hours} max={8760} error={problems.auto_close_hours} onChange={(it) => put("auto_close_hours", it)} />
      <Questions questions={shape.questions} error={problems.questions} onChange={(questions) => put("questions", questions)} />
      {error && (
        <p role="alert" className="text-sm text-destructive sm:col-span-2">
          {[error.detail, error.hint].filter(Boolean).join(" ")}
        </p>
      )}
      <Button type="submit" className="justify-self-end sm:col-span-2" isBusy={create.isPending || change.isPending}>
        {category ? "Save" : "Create category"}
      </Button>
    </form>
  );
}

type WholeProps = { label: string; value: number | null | undefined; max: number; error?: string; onChange: (value: number | null) => void };

const Whole = ({ label, value, max, error, onChange }: WholeProps) => (
  <Field label={label} error={error}>
    {(aria) => <Input {...aria} type="number" min={1} max={max} step={1} value={value ?? ""} onChange={(event) => onChange(amount(event.target.value))} />}
  </Field>
);
