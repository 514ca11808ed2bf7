"use client";

import { MonitorSmartphoneIcon } from "lucide-react";
import { toast } from "sonner";
import { $api, type Schemas } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Page } from "@/components/ui/page";
import { Loaded } from "@/components/ui/states";
import { useRefresh } from "@/hooks/use-refresh";
import { ago, when } from "@/lib/time";

const LIST = "/api/v1/auth/sessions";

/** Where the person is signed in, and how to end that. */
export function SessionsPage() {
  const query = $api.useQuery("get", LIST);
  const changed = useRefresh(LIST);
  const endOthers = $api.useMutation("delete", LIST);
  async function end() {
    const { ended } = await endOthers.mutateAsync({});
    toast.success(ended === 1 ? "One login was ended." : `${ended} logins were ended.`);
    await changed();
  }
  const others = query.data?.sessions.some((it) => !it.is_current);
  return (
    <Page
      title="My sessions"
      description="The browsers in which you are signed in. End those that you do not know."
      actions={
        others && (
          <Confirm
            trigger={<Button variant="outline">End all others</Button>}
            title="End all other sessions?"
            body="You stay signed in here, and are signed out everywhere else from the next request on."
            action="End all others"
            onConfirm={end}
          />
        )
      }
    >
      <Card>
        <Loaded query={query}>
          {({ sessions }) => (
            <ul className="divide-y">
              {sessions.map((it) => (
                <Session key={it.id} session={it} />
              ))}
            </ul>
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

function Session({ session }: { session: Schemas["SessionOut"] }) {
  const changed = useRefresh(LIST);
  const end = $api.useMutation("delete", `${LIST}/{session_id}`, { onSuccess: changed });
  return (
    <li className="flex flex-wrap items-center gap-4 px-5 py-4">
      <MonitorSmartphoneIcon className="size-5 shrink-0 text-muted-foreground" aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <span className="break-words">{session.browser || "Unknown browser"}</span>
          {session.is_current && <Badge tone="success">This one</Badge>}
        </p>
        <p className="flex flex-wrap gap-x-4 text-sm text-muted-foreground">
          <span title={when(session.seen_at)}>{`Used ${ago(session.seen_at)}`}</span>
          <span>{`Signed in ${when(session.created_at)}`}</span>
          {session.address && <span>{`From ${session.address}`}</span>}
        </p>
      </div>
      {!session.is_current && (
        <Confirm
          trigger={
            <Button variant="outline" size="sm">
              End
            </Button>
          }
          title="End this session?"
          body="That browser is signed out from its next request on."
          action="End session"
          onConfirm={() => end.mutateAsync({ params: { path: { session_id: session.id } } })}
        />
      )}
    </li>
  );
}
