"use client";

import { toast } from "sonner";
import { $api, type Schemas } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { RightBadges } from "@/features/access/right-badges";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { ago, when } from "@/lib/time";

type Key = Schemas["KeyOut"];
const OVERLAP = 24;

/** One key: what it may do, when it was used, and how to replace or end it. */
export function KeyRow({ apiKey, onMade }: { apiKey: Key; onMade: (secret: string | null) => void }) {
  const path = { guild_id: useGuildId(), number: apiKey.number };
  const changed = useRefresh("/api/v1/guilds/{guild_id}/keys");
  const rotate = $api.useMutation("post", "/api/v1/guilds/{guild_id}/keys/{number}/rotation");
  const revoke = $api.useMutation("delete", "/api/v1/guilds/{guild_id}/keys/{number}");
  const works = state(apiKey).tone === "success" || state(apiKey).tone === "warning";
  async function replace() {
    const made = await rotate.mutateAsync({ params: { path }, body: { overlap_hours: OVERLAP } });
    await changed();
    onMade(made.secret);
  }
  async function end() {
    await revoke.mutateAsync({ params: { path } });
    toast.success(`${apiKey.name} works no longer.`);
    await changed();
  }
  return (
    <li className="flex flex-wrap items-center gap-4 px-5 py-4">
      <div className="grid min-w-0 flex-1 gap-1.5">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium break-words">{apiKey.name}</span>
          <code className="rounded bg-muted px-1.5 py-0.5 font-mono text-xs">{apiKey.prefix}…</code>
          <Badge tone={state(apiKey).tone}>{state(apiKey).label}</Badge>
        </p>
        <RightBadges rights={apiKey.scopes} />
        <p className="flex flex-wrap gap-x-4 text-xs text-muted-foreground">
          <span title={when(apiKey.created_at)}>{`Made ${ago(apiKey.created_at)} by ${apiKey.created_by_name || "somebody"}`}</span>
          <span>{apiKey.last_used_at ? `Used ${ago(apiKey.last_used_at)}` : "Never used"}</span>
          <span>{apiKey.expires_at ? `Ends ${when(apiKey.expires_at)}` : "Has no end"}</span>
        </p>
      </div>
      {works && (
        <div className="flex gap-2">
          {apiKey.replaced_by === null && (
            <Confirm
              trigger={
                <Button variant="outline" size="sm">
                  Replace
                </Button>
              }
              title={`Replace ${apiKey.name}?`}
              body={`You get a new key with the same rights. The old one goes on working for ${OVERLAP} hours, so that the program can change over.`}
              action="Replace"
              isDestructive={false}
              onConfirm={replace}
            />
          )}
          <Confirm
            trigger={
              <Button variant="ghost" size="sm">
                End
              </Button>
            }
            title={`End ${apiKey.name}?`}
            body="The program that uses it is refused from the next request on. This cannot be taken back."
            action="End key"
            onConfirm={end}
          />
        </div>
      )}
    </li>
  );
}

function state(key: Key) {
  if (!key.is_active) return { label: "Ended", tone: "neutral" } as const;
  if (key.expires_at && new Date(key.expires_at) <= new Date()) return { label: "Expired", tone: "neutral" } as const;
  return key.replaced_by === null ? ({ label: "Works", tone: "success" } as const) : ({ label: "Replaced, ends soon", tone: "warning" } as const);
}
