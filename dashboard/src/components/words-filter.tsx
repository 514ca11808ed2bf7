"use client";

import { SearchIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { Field, Input } from "@/components/ui/field";

type WordsFilterProps = { label: string; value: string; onChange: (value: string) => void };

/** Words that a list is searched for; it follows when one stops typing. */
export function WordsFilter({ label, value, onChange }: WordsFilterProps) {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  if (known !== value) {
    setKnown(value);
    setTyped(value);
  }
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed), 300);
    return () => clearTimeout(timer);
  });
  return (
    <Field label={label}>
      {(aria) => (
        <div className="relative">
          <SearchIcon className="pointer-events-none absolute top-2.5 left-3 size-4 text-muted-foreground" aria-hidden />
          <Input {...aria} className="pl-9" maxLength={100} value={typed} placeholder="Words" onChange={(event) => setTyped(event.target.value)} />
        </div>
      )}
    </Field>
  );
}
