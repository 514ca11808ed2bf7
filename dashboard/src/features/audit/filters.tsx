"use client";

import { XIcon } from "lucide-react";
import { $api } from "@/client";
import { FilterPanel } from "@/components/filter-panel";
import { UserPicker } from "@/components/pickers";
import { Picker } from "@/components/pickers/picker";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { useGuildId } from "@/hooks/use-guild-id";
import type { AuditFilter } from "./use-filter";
import { areaOf, phrase } from "./words";

type FiltersProps = { filter: AuditFilter; onChange: (change: Partial<AuditFilter>) => void };

const NOTHING: AuditFilter = { action: [], actor: null, target: null, since: null, until: null };

export function Filters({ filter, onChange }: FiltersProps) {
  const guild_id = useGuildId();
  const stats = $api.useQuery("get", "/api/v1/guilds/{guild_id}/audit/stats", { params: { path: { guild_id } } }, { staleTime: 300_000 });
  const actions = [...new Set([...(stats.data?.days ?? []).map((day) => day.action), ...filter.action])].sort();
  const choices = actions.map((action) => ({ id: action, name: phrase(action), group: areaOf(action), hint: action }));
  const isNarrowed = filter.action.length > 0 || !!(filter.actor ?? filter.target ?? filter.since ?? filter.until);
  return (
    <FilterPanel isNarrowed={isNarrowed} gridClassName="lg:grid-cols-5">
      <Field label="What was done">
        {(aria) => (
          <Picker
            {...aria}
            isMultiple
            placeholder="Anything"
            empty="Nothing in the last 30 days."
            choices={choices}
            value={filter.action}
            onChange={(action) => onChange({ action: action.slice(0, 20) })}
          />
        )}
      </Field>
      <Field label="By whom">
        {(aria) => <UserPicker {...aria} placeholder="Anybody" value={filter.actor} onChange={(actor) => onChange({ actor })} />}
      </Field>
      <Field label="To whom">
        {(aria) => <UserPicker {...aria} placeholder="Anybody" value={filter.target} onChange={(target) => onChange({ target })} />}
      </Field>
      <Field label="From">
        {(aria) => <Input {...aria} type="date" value={filter.since ?? ""} onChange={(event) => onChange({ since: event.target.value })} />}
      </Field>
      <Field label="To">
        {(aria) => <Input {...aria} type="date" value={filter.until ?? ""} onChange={(event) => onChange({ until: event.target.value })} />}
      </Field>
      {isNarrowed && (
        <Button variant="ghost" size="sm" className="w-fit" onClick={() => onChange(NOTHING)}>
          <XIcon aria-hidden /> Show everything
        </Button>
      )}
    </FilterPanel>
  );
}
