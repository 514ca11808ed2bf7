"use client";

import { XIcon } from "lucide-react";
import { FilterPanel } from "@/components/filter-panel";
import { UserPicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { WordsFilter } from "@/components/words-filter";
import type { Filters } from "./filters";
import { options, SOURCES, STATES, TYPES } from "./words";

const STATE_OPTIONS = options(
  Object.fromEntries(Object.entries(STATES).map(([state, { label }]) => [state, label])),
  "Any state",
);
const SHOWS = [
  { value: "all", label: "All that count" },
  { value: "hidden", label: "Hidden ones" },
  { value: "struck", label: "Struck ones" },
];

type Props = { filters: Filters; onChange: (filters: Filters) => void };

/** What the list is narrowed to. */
export function CaseFilters({ filters, onChange }: Props) {
  const put = (name: keyof Filters) => (value: string | null) =>
    onChange({ ...filters, [name]: value && value !== "all" ? value : undefined });
  const isNarrowed = Object.values(filters).some(Boolean);
  return (
    <FilterPanel isNarrowed={isNarrowed} className="border-b p-4" gridClassName="lg:grid-cols-4">
      <WordsFilter label="Reason holds" value={filters.words ?? ""} onChange={put("words")} />
      <Field label="Member">{(aria) => <UserPicker {...aria} value={filters.target ?? null} onChange={put("target")} />}</Field>
      <Field label="Moderator">
        {(aria) => <UserPicker {...aria} value={filters.moderator ?? null} onChange={put("moderator")} />}
      </Field>
      <Field label="Type">
        {(aria) => <Select {...aria} value={filters.type ?? "all"} onValueChange={put("type")} options={options(TYPES, "Any type")} />}
      </Field>
      <Field label="State">
        {(aria) => <Select {...aria} value={filters.state ?? "all"} onValueChange={put("state")} options={STATE_OPTIONS} />}
      </Field>
      <Field label="Came from">
        {(aria) => <Select {...aria} value={filters.source ?? "all"} onValueChange={put("source")} options={options(SOURCES, "Anything")} />}
      </Field>
      <div className="grid grid-cols-2 gap-2">
        <Field label="From" className="min-w-0">
          {(aria) => <Input {...aria} type="date" className="min-w-0 px-1.5 text-xs" value={filters.since ?? ""} onChange={(event) => put("since")(event.target.value)} />}
        </Field>
        <Field label="To" className="min-w-0">
          {(aria) => <Input {...aria} type="date" className="min-w-0 px-1.5 text-xs" value={filters.until ?? ""} onChange={(event) => put("until")(event.target.value)} />}
        </Field>
      </div>
      <div className="flex items-end gap-2">
        <Field label="Show" className="min-w-0 flex-1">
          {(aria) => <Select {...aria} value={filters.shows ?? "all"} onValueChange={put("shows")} options={SHOWS} />}
        </Field>
        <Button variant="ghost" size="icon" aria-label="Clear all filters" disabled={!isNarrowed} onClick={() => onChange({})}>
          <XIcon aria-hidden />
        </Button>
      </div>
    </FilterPanel>
  );
}
