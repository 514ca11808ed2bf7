"use client";

import { $api, type Schemas } from "@/client";
import { Loaded, Skeleton } from "@/components/ui/states";
import { Cell } from "./cell";
import type { PageAddress } from "./data-page";

/** A row of cards with figures; when it fails, the other blocks stay. */
export function StatsBlock({ block, address }: { block: Schemas["StatsBlock"]; address: PageAddress }) {
  const path = { ...address, block: block.name };
  const query = $api.useQuery("get", "/api/v1/guilds/{guild_id}/pages/{feature}/{page}/stats/{block}", { params: { path } });
  return (
    <section aria-label={block.title}>
      <h2 className="mb-3 font-semibold tracking-tight">{block.title}</h2>
      <Loaded query={query} skeleton={<Skeleton className="h-24" />}>
        {({ cards }) => (
          <dl className="grid grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-4">
            {cards.map((card) => (
              <div key={card.label} className="rounded-xl border bg-card p-4 text-card-foreground shadow-xs">
                <dt className="text-sm text-muted-foreground">{card.label}</dt>
                <dd className="mt-1 text-2xl font-semibold">
                  <Cell kind={card.kind} value={card.value} />
                </dd>
                {card.hint && <dd className="mt-1 text-xs text-muted-foreground">{card.hint}</dd>}
              </div>
            ))}
          </dl>
        )}
      </Loaded>
    </section>
  );
}
