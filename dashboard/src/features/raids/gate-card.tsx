"use client";

import { useState } from "react";
import { toast } from "sonner";
import { $api, type Problem } from "@/client";
import { UserPicker } from "@/components/pickers";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Loaded, RowsSkeleton } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";

const GATE = "/api/v1/guilds/{guild_id}/gate";
const MODES = { button: "by a button", question: "by a question of yours", sum: "by adding two numbers" };

/** How newcomers get in, how many wait, and a way to let somebody in by hand. */
export function GateCard() {
  const guild_id = useGuildId();
  const refresh = useRefresh(GATE);
  const [whom, setWhom] = useState<string | null>(null);
  const gate = $api.useQuery("get", GATE, { params: { path: { guild_id } } }, { retry: false });
  const admit = $api.useMutation("post", `${GATE}/admit`, {
    onSuccess: async () => {
      toast.success("The bot lets them in.");
      setWhom(null);
      await refresh();
    },
  });
  if ((gate.error as Problem | null)?.status === 403) return null;
  return (
    <Card>
      <CardHeader>
        <CardTitle className="flex items-center gap-2">
          Gate
          {gate.data && <Badge tone={gate.data.is_on ? "success" : "neutral"}>{gate.data.is_on ? "On" : "Off"}</Badge>}
        </CardTitle>
        <CardDescription>Newcomers get in only once they have passed it.</CardDescription>
      </CardHeader>
      <CardContent className="grid gap-4 text-sm">
        <Loaded query={gate} skeleton={<RowsSkeleton rows={1} />}>
          {(data) =>
            data.is_on ? (
              <>
                <p>
                  They pass {MODES[data.mode]}. <strong className="tabular-nums">{data.waiting}</strong> {data.waiting === 1 ? "waits" : "wait"} now.
                </p>
                <div className="flex gap-2">
                  <UserPicker aria-label="Whom to let in" placeholder="Let somebody in" className="flex-1" value={whom} onChange={setWhom} />
                  <Button
                    variant="secondary"
                    disabled={!whom}
                    isBusy={admit.isPending}
                    onClick={() => whom && admit.mutate({ params: { path: { guild_id } }, body: { user_id: whom } })}
                  >
                    Admit
                  </Button>
                </div>
              </>
            ) : (
              <p className="text-muted-foreground">Everybody gets in. To close the gate, choose its role in the channel settings.</p>
            )
          }
        </Loaded>
      </CardContent>
    </Card>
  );
}
