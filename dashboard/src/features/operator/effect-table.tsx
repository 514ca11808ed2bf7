"use client";

import { SendIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api, type Schemas } from "@/client";
import { LoadMore } from "@/components/load-more";
import { Card } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { useRefresh } from "@/hooks/use-refresh";
import { StateFilter } from "./work-state";
import { TryAgain, WorkTable } from "./work-table";

type Effect = Schemas["EffectOut"];
const STATES = ["pending", "running", "failed", "done"] as const;

/** The effects that were promised to Discord, the latest first. */
export function EffectTable() {
  const [state, setState] = useState<Effect["state"] | "any">("any");
  const query = $api.useInfiniteQuery(
    "get",
    "/api/v1/operator/work/effects",
    { params: { query: { limit: 50, state: state === "any" ? undefined : state } } },
    { pageParamName: "after", initialPageParam: null, getNextPageParam: (page) => page.next_after },
  );
  return (
    <div className="grid gap-4">
      <StateFilter value={state} states={STATES} onChange={setState} />
      <Card>
        <Loaded query={query}>
          {({ pages }) => (
            <WorkTable
              label="Promised effects"
              icon={SendIcon}
              nothing="There is no such effect"
              columns={{ work: "Effect", moment: "Changed" }}
              rows={pages.flatMap((page) => page.effects).map((effect) => ({
                ...effect,
                number: effect.effect_id,
                guildId: effect.guild_id,
                moment: effect.updated_at,
                actions: effect.state === "failed" && <RetryEffect number={effect.effect_id} />,
              }))}
            />
          )}
        </Loaded>
        <LoadMore query={query} label="Show more" />
      </Card>
    </div>
  );
}

function RetryEffect({ number }: { number: number }) {
  const refresh = useRefresh("/api/v1/operator/work", "/api/v1/operator/work/effects");
  const retry = $api.useMutation("post", "/api/v1/operator/work/effects/{number}/retry");

  async function tryAgain() {
    await retry.mutateAsync({ params: { path: { number } } });
    await refresh();
    toast.success("It is tried again at once.");
  }

  return <TryAgain isBusy={retry.isPending} onClick={tryAgain} />;
}
