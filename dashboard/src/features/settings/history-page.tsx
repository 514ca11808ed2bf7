"use client";

import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowLeftIcon, HistoryIcon } from "lucide-react";
import Link from "next/link";
import { toast } from "sonner";
import { $api, client, once, type Schemas } from "@/client";
import { Person } from "@/components/person";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Page } from "@/components/ui/page";
import { Empty, Loaded } from "@/components/ui/states";
import { useGuildId, useGuildPath } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import { ago, when } from "@/lib/time";
import { featureTitle } from "@/lib/titles";
import { Difference } from "./difference";
import type { JsonSchema } from "./schema";

type Entry = Schemas["HistoryEntryOut"];
const HISTORY = "/api/v1/guilds/{guild_id}/config/{feature}/history";
const KINDS: Record<string, string> = {
  set: "changed them",
  reset: "set them to the defaults",
  rollback: "went back",
  import: "imported them",
  setup: "changed them in the setup",
  repair: "repaired them",
};

/** Who changed what and why, with a way back to each state. */
export function HistoryPage() {
  const guild_id = useGuildId();
  const feature = useGuildPath(1);
  const path = { guild_id, feature };
  const schema = $api.useQuery("get", "/api/v1/guilds/{guild_id}/config/{feature}/schema", { params: { path } }, { staleTime: Infinity });
  const history = useInfiniteQuery({
    queryKey: ["get", HISTORY, { params: { path } }, "all"],
    initialPageParam: undefined as string | undefined,
    async queryFn({ pageParam }) {
      const { data, error } = await client.GET(HISTORY, { params: { path, query: { after: pageParam } } });
      if (!data) throw error;
      return data;
    },
    getNextPageParam: (page) => page.next_after ?? undefined,
  });
  return (
    <Page
      title={`History of ${featureTitle(feature)}`}
      description="Each change of these settings, the newest first."
      actions={
        <Button asChild variant="outline" size="sm">
          <Link href={`/g/${guild_id}/settings/${feature}`}>
            <ArrowLeftIcon aria-hidden />
            Settings
          </Link>
        </Button>
      }
    >
      <Loaded query={history}>
        {({ pages }) => {
          const entries = pages.flatMap((page) => page.entries);
          if (entries.length === 0)
            return (
              <Empty icon={HistoryIcon} title="Nothing was changed yet">
                All settings have their defaults. The first change will stand here, with its author and reason.
              </Empty>
            );
          return (
            <ol className="grid max-w-3xl gap-4">
              {entries.map((entry) => (
                <li key={entry.version}>
                  <Change entry={entry} feature={feature} schema={schema.data as JsonSchema | undefined} newest={entries[0]?.version ?? 0} />
                </li>
              ))}
              {history.hasNextPage && (
                <Button variant="outline" isBusy={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
                  Older changes
                </Button>
              )}
            </ol>
          );
        }}
      </Loaded>
    </Page>
  );
}

type ChangeProps = { entry: Entry; feature: string; schema: JsonSchema | undefined; newest: number };

function Change({ entry, feature, schema, newest }: ChangeProps) {
  const guild_id = useGuildId();
  const mayEdit = useRights().has("edit_settings");
  const queries = useQueryClient();
  const roll = $api.useMutation("post", "/api/v1/guilds/{guild_id}/config/{feature}/rollback");
  const isNewest = entry.version === newest;
  async function back() {
    await roll.mutateAsync({
      // The key is optional for the API, which its type does not say for headers.
      params: { path: { guild_id, feature }, header: once() },
      body: { to: isNewest ? entry.version - 1 : entry.version, version: newest, reason: "" },
    });
    toast.success(isNewest ? "The change is taken back." : `The settings are again as after change ${entry.version}.`);
    await queries.invalidateQueries({ predicate: ({ queryKey }) => String(queryKey[1]).startsWith("/api/v1/guilds/{guild_id}/config/{feature}") });
  }
  return (
    <Card className="p-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="flex flex-wrap items-center gap-2 text-sm">
          <Badge>{`#${entry.version}`}</Badge>
          <Person id={entry.author_id} name={entry.author_name} />
          <span className="text-muted-foreground">{KINDS[entry.kind] ?? entry.kind}</span>
          <time dateTime={entry.created_at} title={when(entry.created_at)} className="text-muted-foreground">
            {ago(entry.created_at)}
          </time>
        </p>
        {mayEdit && (
          <Confirm
            trigger={<Button variant="outline" size="sm">{isNewest ? "Take back" : "Go back to this"}</Button>}
            title={isNewest ? "Take this change back?" : `Go back to change ${entry.version}?`}
            body={isNewest ? "The settings will be as they were before it." : "All that was changed since then is undone. This is a new change, which can be taken back itself."}
            action={isNewest ? "Take back" : "Go back"}
            isDestructive={false}
            onConfirm={back}
          />
        )}
      </div>
      {entry.reason && <p className="mt-2 text-sm">{entry.reason}</p>}
      <ul className="mt-3 grid gap-2 sm:grid-cols-2">
        {Object.entries(entry.changes as Record<string, { before?: unknown; after?: unknown }>).map(([key, { before, after }]) => (
          <Difference key={key} name={key} root={schema} before={before} after={after} />
        ))}
      </ul>
    </Card>
  );
}
