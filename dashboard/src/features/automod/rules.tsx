"use client";

import { WandSparklesIcon } from "lucide-react";
import { useState } from "react";
import { $api } from "@/client";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Empty, Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import type { Rule } from "./rule";
import { RuleRow } from "./rule-row";
import { RuleSheet } from "./rule-sheet";

/** All rules in the order in which they are looked at. */
export function Rules({ onNew }: { onNew?: () => void }) {
  const guild_id = useGuildId();
  const rights = useRights();
  const [edited, setEdited] = useState<Rule | null>(null);
  const rules = $api.useQuery("get", "/api/v1/guilds/{guild_id}/automod/rules", { params: { path: { guild_id } } });
  return (
    <Card>
      <Loaded query={rules}>
        {(data) =>
          data.rules.length === 0 ? (
            <Empty icon={WandSparklesIcon} title="No rules yet" action={onNew && <Button onClick={onNew}>Make a rule</Button>}>
              Begin with a preset: each spares most people, and a dry run shows what it would do.
            </Empty>
          ) : (
            <ol className="divide-y" aria-label="Rules">
              {data.rules.map((rule, index) => (
                <RuleRow
                  key={rule.number}
                  rule={rule}
                  above={data.rules[index - 1]}
                  below={data.rules[index + 1]}
                  mayEdit={rights.has("edit_settings")}
                  onEdit={() => setEdited(rule)}
                />
              ))}
            </ol>
          )
        }
      </Loaded>
      {edited && <RuleSheet rule={edited} onClose={() => setEdited(null)} />}
    </Card>
  );
}
