"use client";

import { PlusIcon, Trash2Icon } from "lucide-react";
import type { Schemas } from "@/client";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Input, Label } from "@/components/ui/field";

type Question = Schemas["Question"];
type Props = { questions: readonly Question[]; error?: string; onChange: (questions: Question[]) => void };

const MOST = 5;
const NEW: Question = { label: "", placeholder: "", is_long: false, is_required: true };

/** What is asked before a ticket is opened; Discord shows at most five questions. */
export function Questions({ questions, error, onChange }: Props) {
  const change = (index: number, changes: Partial<Question>) =>
    onChange(questions.map((it, at) => (at === index ? { ...it, ...changes } : it)));
  return (
    <fieldset className="grid gap-2 sm:col-span-2">
      <legend className="mb-1 text-sm font-medium">Questions asked first</legend>
      {questions.map((question, index) => (
        <div key={index} className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md border p-2">
          <Input
            aria-label={`Question ${index + 1}`}
            required
            maxLength={45}
            className="min-w-40 flex-1"
            value={question.label}
            onChange={(event) => change(index, { label: event.target.value })}
          />
          <Check label="Long answer" isChecked={question.is_long} onChange={(is_long) => change(index, { is_long })} />
          <Check label="Needed" isChecked={question.is_required} onChange={(is_required) => change(index, { is_required })} />
          <Button
            variant="ghost"
            size="icon-sm"
            aria-label={`Remove question ${index + 1}`}
            onClick={() => onChange(questions.filter((_, at) => at !== index))}
          >
            <Trash2Icon aria-hidden />
          </Button>
        </div>
      ))}
      {error && (
        <p role="alert" className="text-xs text-destructive">
          {error}
        </p>
      )}
      {questions.length < MOST && (
        <Button variant="outline" size="sm" className="w-fit" onClick={() => onChange([...questions, NEW])}>
          <PlusIcon aria-hidden />
          Add question
        </Button>
      )}
    </fieldset>
  );
}

const Check = ({ label, isChecked, onChange }: { label: string; isChecked: boolean; onChange: (isChecked: boolean) => void }) => (
  <Label className="flex items-center gap-2 font-normal">
    <Checkbox checked={isChecked} onCheckedChange={(checked) => onChange(checked === true)} />
    {label}
  </Label>
);
