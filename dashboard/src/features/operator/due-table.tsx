"use client";

import { CalendarClockIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api, type Schemas } from "@/client";
import { LoadMore } from "@/components/load-more";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Loaded } from "@/components/ui/states";
import { useRefresh } from "@/hooks/use-refresh";
import { StateFilter } from "./work-state";
import { TryAgain, WorkTable } from "./work-table";

type Item = Schemas["DueItemOut"];
const STATES = ["pending", "running", "failed", "done", "cancelled"] as const;

/** Due work: the next first, what is over last. */
export function DueTable() {
  const [state, setState] = useState<Item["state"] | "any">("any");
  const query = $api.useInfiniteQuery(
    "get",
    "/api/v1/operator/work/due",
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
              label="Due work"
              icon={CalendarClockIcon}
              nothing="There is no such work"
              columns={{ work: "Work", moment: "Due" }}
              rows={pages.flatMap((page) => page.items).map((item) => ({
                ...item,
                number: item.work_id,
                guildId: item.guild_id,
                moment: item.finished_at ?? item.due_at,
                actions: <DueActions item={item} />,
              }))}
            />
          )}
        </Loaded>
        <LoadMore query={query} label="Show more" />
      </Card>
    </div>
  );
}

function DueActions({ item }: { item: Item }) {
  const refresh = useRefresh("/api/v1/operator/work", "/api/v1/operator/work/due");
  const retry = $api.useMutation("post", "/api/v1/operator/work/due/{number}/retry");
  const cancel = $api.useMutation("post", "/api/v1/operator/work/due/{number}/cancel");
  const params = { params: { path: { number: item.work_id } } };

  async function tryAgain() {
    await retry.mutateAsync(params);
    await refresh();
    toast.success("It is tried again at once.");
  }

  async function putAside() {
    await cancel.mutateAsync(params);
    await refresh();
    toast.success("It is not done any more.");
  }

  if (item.state === "done" || item.state === "cancelled") return null;
  return (
    <>
      {item.state === "failed" && <TryAgain isBusy={retry.isPending} onClick={tryAgain} />}
      <Confirm
        trigger={
          <Button size="sm" variant="ghost">
            Cancel
          </Button>
        }
        title={`Do ${item.kind} #${item.work_id} no longer?`}
        body="What it was to do does not happen. The audit log keeps that you decided so."
        action="Cancel the work"
        onConfirm={putAside}
      />
    </>
  );
}
