"use client";

import { ClockIcon, PencilIcon, PlaneIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api } from "@/client";
import { Person } from "@/components/person";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Confirm } from "@/components/ui/dialog";
import { useGuildId } from "@/hooks/use-guild-id";
import type { RightName } from "@/hooks/use-rights";
import { ago, when } from "@/lib/time";
import { GrantDialog } from "./grant-dialog";
import { Holder } from "./holder";
import { RightBadges } from "./right-badges";
import { fallsWith, type Branch, type Grant } from "./tree";
import { useAccessChanged } from "./use-access";

const SOURCES = { installer: "brought the bot here", owner: "owns the server", operator: "given by the operator" };

/** One grant, and below it what its holder has handed on. */
export function AccessBranch({ branch, canGive }: { branch: Branch; canGive: readonly RightName[] }) {
  return (
    <li>
      <GrantRow branch={branch} canGive={canGive} />
      {branch.below.length > 0 && (
        <ul className="ml-5 border-l pl-3 sm:ml-7 sm:pl-5">
          {branch.below.map((below) => (
            <AccessBranch key={below.grant.number} branch={below} canGive={canGive} />
          ))}
        </ul>
      )}
    </li>
  );
}

function GrantRow({ branch, canGive }: { branch: Branch; canGive: readonly RightName[] }) {
  const { grant } = branch;
  const [isChanging, setChanging] = useState(false);
  return (
    <div className="flex items-start justify-between gap-x-4 py-3">
      <div className="grid min-w-0 gap-1.5">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <Holder kind={grant.kind} id={grant.id} className="font-medium" />
          <RightBadges rights={grant.rights} isFaint={grant.effective.length === 0} />
          <State grant={grant} />
        </div>
        <Origin grant={grant} />
      </div>
      <div className="flex shrink-0 gap-1">
        {grant.can_change && (
          <Button variant="ghost" size="icon-sm" aria-label="Change access" onClick={() => setChanging(true)}>
            <PencilIcon aria-hidden />
          </Button>
        )}
        {grant.can_revoke && <Revoke branch={branch} />}
      </div>
      {isChanging && <GrantDialog grant={grant} canGive={canGive} isOpen onOpenChange={setChanging} />}
    </div>
  );
}

function State({ grant }: { grant: Grant }) {
  if (grant.is_away)
    return (
      <Badge tone="warning">
        <PlaneIcon aria-hidden /> left the server
      </Badge>
    );
  if (grant.expires_at)
    return (
      <Badge title={when(grant.expires_at)}>
        <ClockIcon aria-hidden /> ends {ago(grant.expires_at)}
      </Badge>
    );
  return grant.effective.length === 0 ? <Badge tone="warning">no effect now</Badge> : null;
}

function Origin({ grant }: { grant: Grant }) {
  return (
    <p className="flex flex-wrap items-center gap-x-1.5 text-xs text-muted-foreground">
      {grant.source === "given" ? (
        <>
          given by <Person id={grant.given_by} name="somebody" className="text-xs" />
        </>
      ) : (
        SOURCES[grant.source]
      )}
      <span title={when(grant.created_at)}>· {ago(grant.created_at)}</span>
      {grant.reason && <span className="break-words">· {grant.reason}</span>}
    </p>
  );
}

function Revoke({ branch }: { branch: Branch }) {
  const { grant } = branch;
  const guild_id = useGuildId();
  const changed = useAccessChanged();
  const falling = fallsWith(branch);
  const revoke = $api.useMutation("delete", "/api/v1/guilds/{guild_id}/authorized-users/{user_id}");
  async function confirm() {
    await revoke.mutateAsync({ params: { path: { guild_id, user_id: grant.id }, query: { grant: grant.number } } });
    toast.success("The access is taken back.");
    await changed();
  }
  return (
    <Confirm
      trigger={
        <Button variant="ghost" size="icon-sm" aria-label="Take access back">
          <Trash2Icon aria-hidden />
        </Button>
      }
      title="Take this access back?"
      body={
        <div className="grid gap-3">
          <Holder kind={grant.kind} id={grant.id} className="text-foreground" />
          {falling.length === 0 ? (
            <p>They lose it with their next click. You can give it again.</p>
          ) : (
            <>
              <p>What they handed on ends with it:</p>
              <ul className="grid gap-1.5">
                {falling.map((one) => (
                  <li key={one.number}>
                    <Holder kind={one.kind} id={one.id} className="text-foreground" />
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      }
      action="Take back"
      onConfirm={confirm}
    />
  );
}
