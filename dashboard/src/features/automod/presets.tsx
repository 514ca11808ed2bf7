"use client";

import { SparklesIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api, once } from "@/client";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Label } from "@/components/ui/field";
import { Loaded } from "@/components/ui/states";
import { Switch } from "@/components/ui/switch";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";

/** Rules that are ready, each added with one press. */
export function Presets() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button variant="outline" onClick={() => setOpen(true)}>
        <SparklesIcon aria-hidden />
        Presets
      </Button>
      <Dialog isOpen={isOpen} onOpenChange={setOpen} title="Presets" description="Rules with numbers that spare most people.">
        {isOpen && <Choices />}
      </Dialog>
    </>
  );
}

function Choices() {
  const guild_id = useGuildId();
  const refresh = useRefresh("/api/v1/guilds/{guild_id}/automod/rules");
  const [is_dry_run, setDryRun] = useState(true);
  const presets = $api.useQuery("get", "/api/v1/guilds/{guild_id}/automod/presets", { params: { path: { guild_id } } });
  const add = $api.useMutation("post", "/api/v1/guilds/{guild_id}/automod/presets", {
    onSuccess: async (rule) => {
      toast.success(`Rule #${rule.number} “${rule.name}” is there.`);
      await refresh();
    },
  });
  return (
    <div className="grid gap-4">
      <Label className="flex items-center gap-2 font-normal">
        <Switch checked={is_dry_run} onCheckedChange={setDryRun} />
        First only tell what they would do
      </Label>
      <Loaded query={presets}>
        {(data) => (
          <ul className="grid gap-2">
            {data.presets.map(({ preset, told, rule }) => (
              <li key={preset} className="flex items-center gap-3 rounded-md border p-3">
                <div className="min-w-0 flex-1">
                  <p className="text-sm font-medium first-letter:uppercase">{rule.name}</p>
                  <p className="text-xs text-muted-foreground">{told}</p>
                </div>
                <Button
                  variant="secondary"
                  size="sm"
                  aria-label={`Add ${rule.name}`}
                  isBusy={add.isPending && add.variables.body.preset === preset}
                  onClick={() => add.mutate({ params: { path: { guild_id } }, headers: once(), body: { preset, is_dry_run } })}
                >
                  Add
                </Button>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </div>
  );
}
