"use client";

import { CheckIcon, SearchXIcon } from "lucide-react";
import { toast } from "sonner";
import { $api, type Schemas } from "@/client";
import { Button } from "@/components/ui/button";
import { CopyText } from "@/components/ui/copy-text";
import { Sheet } from "@/components/ui/dialog";
import { Empty, Loaded } from "@/components/ui/states";
import { useRefresh } from "@/hooks/use-refresh";
import { when } from "@/lib/time";

export type Shown = { group: Schemas["ErrorGroupOut"]; error_id?: undefined } | { error_id: string; group?: undefined };

/** The errors of a group, or the one with an id, with their stacks. */
export function ErrorSheet({ shown, onClose }: { shown: Shown; onClose: () => void }) {
  const title = shown.group ? `${shown.group.error_type} in ${shown.group.place}` : `Error ${shown.error_id}`;
  return (
    <Sheet isOpen onOpenChange={(isOpen) => !isOpen && onClose()} title={title} className="w-[min(48rem,calc(100%-2rem))]">
      {shown.group ? <OfGroup group={shown.group} onClose={onClose} /> : <OfId errorId={shown.error_id} />}
    </Sheet>
  );
}

function OfGroup({ group, onClose }: { group: Schemas["ErrorGroupOut"]; onClose: () => void }) {
  const { kind, place, error_type } = group;
  const query = $api.useQuery("get", "/api/v1/operator/errors/events", { params: { query: { kind, place, error_type } } });
  const seen = $api.useMutation("post", "/api/v1/operator/errors/seen");
  const refresh = useRefresh("/api/v1/operator/errors");

  async function mark() {
    await seen.mutateAsync({ body: { kind, place, error_type } });
    await refresh();
    toast.success("Marked as seen. It is new again should it come back.");
    onClose();
  }

  return (
    <>
      {group.is_new && (
        <Button size="sm" className="mb-4" isBusy={seen.isPending} onClick={() => void mark().catch(() => undefined)}>
          <CheckIcon aria-hidden />
          Mark as seen
        </Button>
      )}
      <Loaded query={query}>{({ events }) => <Events events={events} />}</Loaded>
    </>
  );
}

function OfId({ errorId }: { errorId: string }) {
  const query = $api.useQuery("get", "/api/v1/operator/errors/find", { params: { query: { error_id: errorId } } });
  return <Loaded query={query}>{({ events }) => <Events events={events} />}</Loaded>;
}

function Events({ events }: { events: Schemas["ErrorEventOut"][] }) {
  if (events.length === 0)
    return (
      <Empty icon={SearchXIcon} title="There is no such error">
        Errors are kept for a time; the log may still have it.
      </Empty>
    );
  return (
    <ol className="grid gap-6">
      {events.map((event) => (
        <li key={event.event_id} className="grid gap-2">
          <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted-foreground">
            <CopyText text={event.error_id} />
            <span>{when(event.last_at)}</span>
            <span>{event.count > 1 ? `${event.count} times` : "once"}</span>
            {event.guild_id && <span>server {event.guild_id}</span>}
            <span>version {event.version}</span>
          </div>
          <p className="text-sm wrap-anywhere">{event.message}</p>
          <pre tabIndex={0} aria-label="Stack" className="max-h-80 overflow-auto rounded-md bg-muted p-3 text-xs">
            {event.traceback}
          </pre>
        </li>
      ))}
    </ol>
  );
}
