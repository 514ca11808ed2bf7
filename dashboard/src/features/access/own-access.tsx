"use client";

import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Loaded } from "@/components/ui/states";
import { Holder } from "./holder";
import { RightBadges } from "./right-badges";
import { useOwnAccess } from "./use-access";

const LOST = { ran_out: "has run out", away: "rests: its holder left the server" };

/** What you may do here, and by what. */
export function OwnAccessCard() {
  const own = useOwnAccess();
  return (
    <Card>
      <CardHeader>
        <CardTitle>Your own access</CardTitle>
        <CardDescription>What you may do here, and by what.</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-3 text-sm">
        <Loaded query={own}>
          {(data) => (
            <>
              {data.by_discord.length > 0 && (
                <div className="grid gap-1.5">
                  <span>{data.is_guild_owner ? "You own this server:" : "By your permissions on Discord:"}</span>
                  <RightBadges rights={data.by_discord} />
                </div>
              )}
              {data.grants.map((grant) => (
                <div key={grant.number} className="grid gap-1.5">
                  <span className="flex flex-wrap items-center gap-1.5">
                    By grant #{grant.number} to <Holder kind={grant.kind} id={grant.id} />
                    {grant.lost && <span className="text-warning">which {LOST[grant.lost]}</span>}
                  </span>
                  <RightBadges rights={grant.lost ? grant.rights : grant.effective} isFaint={!!grant.lost} />
                </div>
              ))}
            </>
          )}
        </Loaded>
      </CardContent>
    </Card>
  );
}
