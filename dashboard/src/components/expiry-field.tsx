"use client";

import { useState } from "react";
import { Field, Input } from "@/components/ui/field";
import { Select } from "@/components/ui/select";

const HOUR = 3_600_000;
const SPANS = { never: null, hour: HOUR, day: 24 * HOUR, week: 7 * 24 * HOUR, month: 30 * 24 * HOUR } as const;
type Choice = keyof typeof SPANS | "date";
const OPTIONS = [
  { value: "never", label: "Never" },
  { value: "hour", label: "In 1 hour" },
  { value: "day", label: "In 1 day" },
  { value: "week", label: "In 7 days" },
  { value: "month", label: "In 30 days" },
  { value: "date", label: "At a date…" },
] as const satisfies readonly { value: Choice; label: string }[];

/** The value of an input for date and time, which is of the reader's time zone, from a moment. */
export function toLocal(moment: string): string {
  const date = new Date(moment);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The moment that an input for date and time says; null while it says none. */
export function fromLocal(text: string): string | null {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

type ExpiryFieldProps = {
  value: string | null;
  onChange: (moment: string | null) => void;
  error?: string;
  hint?: string;
  label?: string;
};

/** When something ends by itself: never, after a time, or at a moment. */
export function ExpiryField({ value, onChange, error, hint, label = "Ends" }: ExpiryFieldProps) {
  const [choice, setChoice] = useState<Choice>(value ? "date" : "never");
  function choose(next: Choice) {
    setChoice(next);
    const span = next === "date" ? 7 * 24 * HOUR : SPANS[next];
    onChange(span === null ? null : new Date(Date.now() + span).toISOString());
  }
  return (
    <Field label={label} hint={hint} error={error}>
      {(aria) => (
        <div className="grid gap-2 sm:grid-cols-2">
          <Select {...aria} value={choice} onValueChange={choose} options={OPTIONS} />
          {choice === "date" && (
            <Input
              type="datetime-local"
              aria-label="Date and time of the end"
              value={value ? toLocal(value) : ""}
              onChange={(event) => onChange(fromLocal(event.target.value))}
            />
          )}
        </div>
      )}
    </Field>
  );
}
