"use client";

import { CheckIcon, ShieldCheckIcon, UndoIcon } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { toast } from "sonner";
import { $api, type Schemas } from "@/client";
import { Person } from "@/components/person";
import { UserPicker } from "@/components/pickers";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Pager } from "@/components/ui/pager";
import { Empty, Loaded } from "@/components/ui/states";
import { Table, TableBody, TableHead, TableRow, Td, Th } from "@/components/ui/table";
import { Tooltip } from "@/components/ui/tooltip";
import { useCursor } from "@/hooks/use-cursor";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { useRights } from "@/hooks/use-rights";
import { cn } from "@/lib/cn";
import { ago, when } from "@/lib/time";

type Violation = Schemas["ViolationOut"];
const VIOLATIONS = "/api/v1/guilds/{guild_id}/automod/violations";

/** Who broke which rule, newest first. */
export function Violations() {
  const guild_id = useGuildId();
  const rights = useRights();
  const [user, setUser] = useState<string | null>(null);
  const cursor = useCursor(user ?? "");
  const query = { limit: 20, after: cursor.after, ...(user && { user }) };
  const page = $api.useQuery("get", VIOLATIONS, { params: { path: { guild_id }, query } }, { placeholderData: (before) => before });
  const refresh = useRefresh(VIOLATIONS);
  const clear = $api.useMutation("delete", VIOLATIONS, {
    onSuccess: async ({ cleared }) => {
      toast.success(`${cleared} count no longer.`);
      await refresh();
    },
  });
  return (
    <Card>
      <div className="flex flex-wrap items-center gap-3 border-b p-4">
        <UserPicker aria-label="Member" placeholder="All members" className="w-full max-w-xs" value={user} onChange={setUser} />
        {user && page.data?.points != null && <span className="text-sm">{Math.round(page.data.points * 10) / 10} points now</span>}
        {user && rights.has("moderate") && (
          <Confirm
            trigger={
              <Button variant="outline" size="sm">
                Let all count no longer
              </Button>
            }
            title="Let all of this member's violations count no longer?"
            body="They stay in the list; their points are gone."
            action="Clear"
            onConfirm={() => clear.mutateAsync({ params: { path: { guild_id }, query: { user } } })}
          />
        )}
      </div>
      <Loaded query={page}>
        {(data) =>
          data.violations.length === 0 ? (
            <Empty icon={ShieldCheckIcon} title="Nobody broke a rule">
              Violations of the last 90 days stand here, also those of dry runs.
            </Empty>
          ) : (
            <Table aria-label="Violations">
              <TableHead>
                <tr>
                  <Th>Member</Th>
                  <Th>Rule</Th>
                  <Th>Found</Th>
                  <Th>What came of it</Th>
                  <Th>When</Th>
                  <Th>
                    <span className="sr-only">Actions</span>
                  </Th>
                </tr>
              </TableHead>
              <TableBody>
                {data.violations.map((it) => (
                  <Row key={it.violation_id} it={it} />
                ))}
              </TableBody>
            </Table>
          )
        }
      </Loaded>
      <Pager cursor={cursor} next={page.data?.next_after} />
    </Card>
  );
}

function Row({ it }: { it: Violation }) {
  const guild_id = useGuildId();
  const rights = useRights();
  const refresh = useRefresh(VIOLATIONS, "/api/v1/guilds/{guild_id}/automod/rules");
  const params = { path: { guild_id, violation_id: it.violation_id } };
  const dismiss = $api.useMutation("post", `${VIOLATIONS}/{violation_id}/dismiss`, { onSuccess: refresh });
  const allow = $api.useMutation("post", `${VIOLATIONS}/{violation_id}/allow`, {
    onSuccess: async (rule) => {
      toast.success(`Rule #${rule.number} lets it through from now on.`);
      await refresh();
    },
  });
  return (
    <TableRow className={cn(it.cleared_at && "opacity-60")}>
      <Td className="max-w-44">
        <Person id={it.user_id} name={it.user_name} className="max-w-full" />
      </Td>
      <Td className="max-w-48">
        <span className="line-clamp-2 break-words">{it.rule_name}</span>
        {it.is_dry_run && <Badge tone="info">Dry run</Badge>}
      </Td>
      <Td className="max-w-72 min-w-40">
        {it.matched && <code className="rounded bg-muted px-1 text-xs break-all">{it.matched}</code>}
        <p className="line-clamp-2 text-xs break-words text-muted-foreground">{it.excerpt}</p>
      </Td>
      <Td className="min-w-36">
        {it.case_number && (
          <Link className="text-primary hover:underline" href={`/g/${guild_id}/cases/${it.case_number}`}>
            Case #{it.case_number}
          </Link>
        )}
        <p className="text-xs text-muted-foreground">
          {[it.outcome, it.points > 0 && `${it.points} points`, it.cleared_at && "taken back"].filter(Boolean).join(", ")}
        </p>
      </Td>
      <Td className="whitespace-nowrap text-muted-foreground" title={when(it.created_at)}>
        {ago(it.created_at)}
      </Td>
      <Td className="text-right whitespace-nowrap">
        {rights.has("moderate") && !it.cleared_at && (
          <Tooltip text="It was none: let it count no longer">
            <Button
              variant="ghost"
              size="icon-sm"
              aria-label="Let it count no longer"
              isBusy={dismiss.isPending}
              onClick={() => dismiss.mutate({ params })}
            >
              <UndoIcon aria-hidden />
            </Button>
          </Tooltip>
        )}
        {rights.has("edit_settings") && it.matched && (
          <Tooltip text="Have the rule let this through from now on">
            <Button variant="ghost" size="icon-sm" aria-label="Allow what was found" isBusy={allow.isPending} onClick={() => allow.mutate({ params })}>
              <CheckIcon aria-hidden />
            </Button>
          </Tooltip>
        )}
      </Td>
    </TableRow>
  );
}
