"use client";

import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { $api, type Schemas } from "@/client";
import { Card } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { Loaded, Skeleton } from "@/components/ui/states";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { lasting } from "@/lib/time";
import { DueTable } from "./due-table";
import { EffectTable } from "./effect-table";

type Queue = Schemas["QueueOut"];

/** What is to be done later and what is promised to Discord: what waits, what failed, and how quickly it goes. */
export function WorkPage() {
  const tab = useSearchParams().get("tab") ?? "due";
  const router = useRouter();
  const path = usePathname();
  const query = $api.useQuery("get", "/api/v1/operator/work", {}, { refetchInterval: 10_000 });
  return (
    <Page title="Due work" description="Timed work and promised effects. Nothing of it is forgotten; what failed waits for you.">
      <Loaded query={query} skeleton={<Skeleton className="h-28" />}>
        {({ due, effects }) => (
          <div className="mb-6 grid gap-4 md:grid-cols-2">
            <QueueCard title="Due work" queue={due} />
            <QueueCard title="Promised effects" queue={effects} />
          </div>
        )}
      </Loaded>
      <Tabs value={tab} onValueChange={(next) => router.replace(`${path}?tab=${next}`)}>
        <TabsList aria-label="Which work">
          <TabsTrigger value="due">Due work</TabsTrigger>
          <TabsTrigger value="effects">Promised effects</TabsTrigger>
        </TabsList>
        <TabsContent value="due">
          <DueTable />
        </TabsContent>
        <TabsContent value="effects">
          <EffectTable />
        </TabsContent>
      </Tabs>
    </Page>
  );
}

function QueueCard({ title, queue }: { title: string; queue: Queue }) {
  const sum = (of: (kind: Queue["kinds"][number]) => number) => queue.kinds.reduce((total, kind) => total + of(kind), 0);
  const oldest = Math.max(0, ...queue.kinds.map((kind) => kind.oldest));
  const figures = {
    Waiting: sum((kind) => kind.waiting).toLocaleString(),
    Failed: sum((kind) => kind.failed).toLocaleString(),
    "Oldest waits": oldest > 0 ? lasting(oldest) : "–",
    "Done in an hour": queue.done_last_hour >= 1000 ? `${(1000).toLocaleString()}+` : queue.done_last_hour.toLocaleString(),
  };
  return (
    <Card className="p-5">
      <h2 className="font-semibold tracking-tight">{title}</h2>
      <dl className="mt-3 grid grid-cols-2 gap-4 sm:grid-cols-4">
        {Object.entries(figures).map(([name, value]) => (
          <div key={name}>
            <dt className="text-xs text-muted-foreground">{name}</dt>
            <dd className="text-xl font-semibold tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
