"use client";

import Link from "next/link";
import { $api } from "@/client";
import { Badge } from "@/components/ui/badge";
import { useGuildId } from "@/hooks/use-guild-id";
import { ago } from "@/lib/time";
import { Part } from "./part";

/** Reports that a case came of, and appeals against it; nothing where there are none. */
export function Appeals({ caseNumber }: { caseNumber: number }) {
  const guild_id = useGuildId();
  const found = $api.useQuery("get", "/api/v1/guilds/{guild_id}/reports", {
    params: { path: { guild_id }, query: { case: caseNumber } },
  });
  if (!found.data?.reports.length) return null;
  return (
    <Part title="Reports and appeals">
      <ul className="grid gap-2 text-sm">
        {found.data.reports.map((it) => (
          <li key={it.number} className="flex flex-wrap items-center gap-2">
            <Link className="text-primary hover:underline" href={`/g/${guild_id}/reports?state=${it.state}&report=${it.number}`}>
              {it.kind === "appeal" ? "Appeal" : "Report"} #{it.number}
            </Link>
            <Badge tone={it.state === "closed" ? "neutral" : "info"}>{(it.outcome ?? it.state).replace("_", " ")}</Badge>
            <span className="text-muted-foreground">{ago(it.created_at)}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
