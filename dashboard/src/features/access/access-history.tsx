"use client";

import { HistoryIcon } from "lucide-react";
import type { Schemas } from "@/client";
import { LoadMore } from "@/components/load-more";
import { Person } from "@/components/person";
import { Card } from "@/components/ui/card";
import { Empty, Loaded } from "@/components/ui/states";
import { ago, when } from "@/lib/time";
import { Holder } from "./holder";
import { RightBadges } from "./right-badges";
import { useAccessHistory } from "./use-access";

const VERBS: Record<string, string> = {
  "access.grant": "gave access to",
  "access.change": "changed the access of",
  "access.revoke": "took access from",
  "access.ownership_moved": "saw the server pass on to",
  "access.member_left": "saw leave, so their access rests:",
  "access.member_back": "saw come back:",
};

/** Who gave, changed and ended which access. */
export function AccessHistory() {
  const history = useAccessHistory();
  return (
    <Card>
      <Loaded query={history}>
        {(data) => {
          const changes = data.pages.flatMap((page) => page.changes);
          if (changes.length === 0) return <Empty icon={HistoryIcon} title="Nothing has happened yet" />;
          return (
            <ul className="divide-y">
              {changes.map((change) => (
                <Change key={change.id} change={change} />
              ))}
            </ul>
          );
        }}
      </Loaded>
      <LoadMore query={history} />
    </Card>
  );
}

const Change = ({ change }: { change: Schemas["AccessChange"] }) => (
  <li className="grid gap-1.5 px-5 py-3 text-sm">
    <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <Person id={change.actor_id} name={change.actor_id ? change.actor_name : change.actor_name === "system" ? "The bot" : change.actor_name} />
      <span className="text-muted-foreground">{VERBS[change.action] ?? change.action}</span>
      <Holder kind={change.kind} id={change.holder_id} />
      <time dateTime={change.created_at} title={when(change.created_at)} className="ml-auto text-xs text-muted-foreground">
        {ago(change.created_at)}
      </time>
    </div>
    {change.rights.length > 0 && <RightBadges rights={change.rights} />}
    {change.reason && <p className="text-xs break-words text-muted-foreground">{change.reason}</p>}
  </li>
);
