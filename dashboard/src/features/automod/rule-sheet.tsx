"use client";

import { useState } from "react";
import { toast } from "sonner";
import { $api, once, told, type Problem } from "@/client";
import { Sheet } from "@/components/ui/dialog";
import { Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { bodyOf, draftOf, newDraft, type Draft, type Rule } from "./rule";
import { RuleEditor } from "./rule-editor";
import type { JsonSchema } from "./schema";

const RULES = "/api/v1/guilds/{guild_id}/automod/rules";

/** The editor beside the list; it is made of the server's schema, so it knows what the bot knows. */
export function RuleSheet({ rule, onClose }: { rule?: Rule; onClose: () => void }) {
  const guild_id = useGuildId();
  const path = { guild_id };
  const [key] = useState(once);
  const refresh = useRefresh(RULES);
  const schema = $api.useQuery("get", "/api/v1/guilds/{guild_id}/automod/schema", { params: { path } }, { staleTime: Infinity });
  const lists = $api.useQuery("get", "/api/v1/guilds/{guild_id}/automod/lists", { params: { path } });
  const after = {
    meta: { isHandled: true },
    onSuccess: async (saved: Rule) => {
      toast.success(`Rule #${saved.number} is saved. The bot goes by it at once.`);
      onClose();
      await refresh();
    },
  };
  const create = $api.useMutation("post", RULES, after);
  const replace = $api.useMutation("put", `${RULES}/{number}`, after);
  const problem = (create.error ?? replace.error) as Problem | null;
  function save(draft: Draft) {
    if (rule) replace.mutate({ params: { path: { guild_id, number: rule.number } }, body: bodyOf(draft) });
    else create.mutate({ params: { path }, headers: key, body: bodyOf(draft) });
  }
  return (
    <Sheet isOpen onOpenChange={onClose} title={rule ? `Rule #${rule.number}` : "New rule"} className="w-[min(40rem,calc(100%-1rem))]">
      <Loaded query={schema}>
        {(root) => (
          <RuleEditor
            root={root as JsonSchema}
            start={rule ? draftOf(rule) : newDraft(root as JsonSchema)}
            lists={lists.data?.lists.map((list) => list.name) ?? []}
            problems={problem?.problems ?? {}}
            told={problem ? told(problem) : undefined}
            objection={rule?.native_objection}
            isBusy={create.isPending || replace.isPending}
            onSave={save}
            onCancel={onClose}
          />
        )}
      </Loaded>
    </Sheet>
  );
}
