"use client";

import { usePathname, useRouter, useSearchParams } from "next/navigation";

export type AuditFilter = { action: string[]; actor: string | null; target: string | null; since: string | null; until: string | null };

const DAY = 86_400_000;
const isDay = (text: string | null): text is string => text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text);

/** What the list is narrowed to; it stands in the address, so that it can be sent to a colleague. */
export function useFilter(): [AuditFilter, (change: Partial<AuditFilter>) => void] {
  const [params, path, router] = [useSearchParams(), usePathname(), useRouter()];
  const filter = {
    action: params.getAll("action"),
    actor: params.get("actor"),
    target: params.get("target"),
    since: params.get("since"),
    until: params.get("until"),
  };
  function change(changed: Partial<AuditFilter>) {
    const next = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...filter, ...changed }))
      for (const one of Array.isArray(value) ? value : [value]) if (one) next.append(name, one);
    router.replace(next.size ? `${path}?${next}` : path, { scroll: false });
  }
  return [filter, change];
}

/** The filter as the API takes it: days of the reader's time zone, the last one included. */
export function asQuery({ action, actor, target, since, until }: AuditFilter) {
  const start = (day: string) => new Date(`${day}T00:00`);
  return {
    ...(action.length > 0 && { action }),
    ...(actor && { actor }),
    ...(target && { target }),
    ...(isDay(since) && { since: start(since).toISOString() }),
    ...(isDay(until) && { until: new Date(start(until).getTime() + DAY).toISOString() }),
  };
}
