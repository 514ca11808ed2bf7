"use client";

import { ListIcon, PlusIcon, Trash2Icon } from "lucide-react";
import { useState } from "react";
import { $api } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Empty, Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { useRights } from "@/hooks/use-rights";
import { ListDialog } from "./list-dialog";

const LISTS = "/api/v1/guilds/{guild_id}/automod/lists";

/** Lists of words, domains and patterns that several rules may name. */
export function Lists() {
  const guild_id = useGuildId();
  const mayEdit = useRights().has("edit_settings");
  const [edited, setEdited] = useState<string | null>(null);
  const lists = $api.useQuery("get", LISTS, { params: { path: { guild_id } } });
  const refresh = useRefresh(LISTS);
  const remove = $api.useMutation("delete", `${LISTS}/{name}`, { onSuccess: refresh });
  const add = mayEdit && (
    <Button size="sm" onClick={() => setEdited("")}>
      <PlusIcon aria-hidden />
      New list
    </Button>
  );
  return (
    <Card className="max-w-3xl">
      <Loaded query={lists}>
        {(data) =>
          data.lists.length === 0 ? (
            <Empty icon={ListIcon} title="No lists yet" action={add}>
              A list holds words, domains or patterns that rules name, so that one change reaches all of them.
            </Empty>
          ) : (
            <>
              {add && <div className="flex justify-end border-b p-3">{add}</div>}
              <ul className="divide-y">
                {data.lists.map((list) => (
                  <li key={list.name} className="flex items-center gap-3 px-4 py-3 text-sm">
                    <button type="button" className="min-w-0 flex-1 truncate text-left font-medium hover:underline" onClick={() => setEdited(list.name)}>
                      {list.name}
                    </button>
                    <Badge>{list.kind}</Badge>
                    <span className="text-muted-foreground tabular-nums">{list.count}</span>
                    {mayEdit && (
                      <Confirm
                        trigger={
                          <Button variant="ghost" size="icon-sm" aria-label={`Delete ${list.name}`}>
                            <Trash2Icon aria-hidden />
                          </Button>
                        }
                        title={`Delete the list “${list.name}”?`}
                        body="Rules that name it find nothing by it any more."
                        action="Delete"
                        onConfirm={() => remove.mutateAsync({ params: { path: { guild_id, name: list.name } } })}
                      />
                    )}
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Loaded>
      {edited !== null && <ListDialog name={edited} mayEdit={mayEdit} onClose={() => setEdited(null)} />}
    </Card>
  );
}
