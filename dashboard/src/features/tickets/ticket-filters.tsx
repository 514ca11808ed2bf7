"use client";

import { XIcon } from "lucide-react";
import { FilterPanel } from "@/components/filter-panel";
import { UserPicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Field } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { WordsFilter } from "@/components/words-filter";
import type { Filters } from "./filters";
import { useCategories } from "./use-tickets";
import { choices, PRIORITIES, STATES } from "./words";

const STATE_CHOICES = [{ value: "all", label: "Any state" }, { value: "live", label: "Not done with" }, ...choices(STATES, "").slice(1)];
const PRIORITY_CHOICES = choices(PRIORITIES, "Any priority");

type Props = { filters: Filters; onChange: (filters: Filters) => void };

/** What the list is narrowed to. */
export function TicketFilters({ filters, onChange }: Props) {
  const categories = useCategories().data?.categories ?? [];
  const put = (name: keyof Filters) => (value: string | null) =>
    onChange({ ...filters, [name]: value && value !== "all" ? value : undefined });
  const named = [{ value: "all", label: "Any category" }, ...categories.map((it) => ({ value: String(it.number), label: it.name }))];
  const isNarrowed = Object.values(filters).some(Boolean);
  return (
    <FilterPanel isNarrowed={isNarrowed} className="border-b p-4" gridClassName="lg:grid-cols-3">
      <WordsFilter label="Subject or name" value={filters.text ?? ""} onChange={put("text")} />
      <Field label="State">
        {(aria) => <Select {...aria} value={filters.state ?? "all"} onValueChange={put("state")} options={STATE_CHOICES} />}
      </Field>
      <Field label="Priority">
        {(aria) => <Select {...aria} value={filters.priority ?? "all"} onValueChange={put("priority")} options={PRIORITY_CHOICES} />}
      </Field>
      <Field label="Category">
        {(aria) => <Select {...aria} value={filters.category ?? "all"} onValueChange={put("category")} options={named} />}
      </Field>
      <Field label="Opened by">{(aria) => <UserPicker {...aria} value={filters.opener ?? null} onChange={put("opener")} />}</Field>
      <div className="flex items-end gap-2">
        <Field label="Answered by" className="min-w-0 flex-1">
          {(aria) => <UserPicker {...aria} value={filters.assignee ?? null} onChange={put("assignee")} />}
        </Field>
        <Button variant="ghost" size="icon" aria-label="Clear all filters" disabled={!isNarrowed} onClick={() => onChange({})}>
          <XIcon aria-hidden />
        </Button>
      </div>
    </FilterPanel>
  );
}
