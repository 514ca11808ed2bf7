"use client";

import { CircleAlertIcon, CircleCheckIcon, RefreshCwIcon, TriangleAlertIcon } from "lucide-react";
import { $api, type Schemas } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { Loaded, Skeleton } from "@/components/ui/states";
import { when } from "@/lib/time";
import { titled } from "@/lib/titles";

type Check = Schemas["HealthCheck"];

const LOOK = {
  ok: { icon: CircleCheckIcon, tone: "success", label: "Well" },
  warning: { icon: TriangleAlertIcon, tone: "warning", label: "Look at it" },
  down: { icon: CircleAlertIcon, tone: "danger", label: "Down" },
} as const;

/** How every part of the installation fares, and what to do where one does not. */
export function HealthPage() {
  const query = $api.useQuery("get", "/api/v1/operator/health", {}, { refetchInterval: 10_000 });
  return (
    <Page
      title="Health"
      description="Every part that the bot needs, looked at every ten seconds."
      actions={
        <Button variant="outline" size="sm" isBusy={query.isFetching} onClick={() => void query.refetch()}>
          {!query.isFetching && <RefreshCwIcon aria-hidden />}
          Look again
        </Button>
      }
    >
      <Loaded query={query} skeleton={<Skeleton className="h-72" />}>
        {({ checks, at }) => (
          <>
            <Summary checks={checks} />
            <ul className="grid gap-3 md:grid-cols-2">
              {checks.map((check) => (
                <CheckCard key={check.name} check={check} />
              ))}
            </ul>
            <p className="mt-4 text-xs text-muted-foreground">Looked at {when(at)}.</p>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Summary({ checks }: { checks: Check[] }) {
  const ill = checks.filter((check) => check.status !== "ok").length;
  return (
    <p className="mb-4 text-sm" role="status">
      {ill === 0 ? "All is well." : ill === 1 ? "One part needs you." : `${ill} parts need you.`}
    </p>
  );
}

function CheckCard({ check }: { check: Check }) {
  const { icon: Icon, tone, label } = LOOK[check.status];
  return (
    <li>
      <Card className="h-full p-4">
        <div className="flex items-center justify-between gap-3">
          <h2 className="font-medium">{titled(check.name)}</h2>
          <Badge tone={tone}>
            <Icon aria-hidden />
            {label}
          </Badge>
        </div>
        <p className="mt-1 text-sm text-muted-foreground">{check.told}</p>
        {check.cure && <p className="mt-2 text-sm">{check.cure}</p>}
      </Card>
    </li>
  );
}
