"use client";

import { useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import { $api, type Schemas } from "@/client";
import { Page } from "@/components/ui/page";
import { Loaded, Skeleton } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { useModules } from "@/hooks/use-modules";
import { useRights } from "@/hooks/use-rights";
import { featureTitle } from "@/lib/titles";
import { ModuleCard, type Turn } from "./module-card";

type ModuleList = Schemas["ModuleList"];

const CATEGORIES = ["Moderation", "Support", "Plugins", "Basics"];

/** The features of the bot, each with a switch and its commands. */
export function ModulesPage() {
  const modules = useModules();
  return (
    <Page title="Modules" description="Switch what this server does not need, whole modules or single commands. Nothing that a module keeps is lost.">
      <Loaded
        query={modules}
        skeleton={
          <div className="grid gap-4 md:grid-cols-2">
            {[1, 2, 3, 4].map((one) => (
              <Skeleton key={one} className="h-40" />
            ))}
          </div>
        }
      >
        {(list) => <Modules list={list} />}
      </Loaded>
    </Page>
  );
}

function Modules({ list }: { list: ModuleList }) {
  const turn = useTurn(list);
  // What has no switch, settings or commands works by itself; without the bot nobody knows what has commands.
  const modules = list.modules.filter((it) => !list.has_commands || it.can_be_off || it.has_settings || it.commands.length > 0);
  const names = [...new Set(modules.map((module) => module.category))];
  const place = (name: string) => (CATEGORIES.includes(name) ? CATEGORIES.indexOf(name) : 1.5);
  return (
    <div className="grid gap-8">
      {!list.has_commands && (
        <p role="status" className="rounded-lg border border-warning/30 bg-warning/10 p-3 text-sm">
          The bot does not answer, so its commands are not listed and modules cannot be switched now.
        </p>
      )}
      {names
        .sort((one, other) => place(one) - place(other))
        .map((category) => (
          <section key={category}>
            <h2 className="mb-3 text-sm font-medium text-muted-foreground">{category}</h2>
            <ul className="grid items-start gap-4 md:grid-cols-2">
              {modules
                .filter((module) => module.category === category)
                .map((module) => (
                  <li key={module.name}>
                    <ModuleCard module={module} turn={turn} />
                  </li>
                ))}
            </ul>
          </section>
        ))}
    </div>
  );
}

/** Switches a module or a command; undefined for those who may not. */
function useTurn(list: ModuleList): Turn | undefined {
  const guild_id = useGuildId();
  const rights = useRights();
  const queries = useQueryClient();
  const change = $api.useMutation("patch", "/api/v1/guilds/{guild_id}/config/{feature}");
  if (!rights.has("edit_settings")) return undefined;
  return {
    busy: change.isPending,
    async set(kind, name, isOn, reason = "") {
      const key = kind === "module" ? "features_off" : "commands_off";
      const off = { ...list[key] };
      if (isOn) delete off[name];
      else off[name] = reason;
      try {
        await change.mutateAsync({
          params: { path: { guild_id, feature: "configuration" } },
          body: { changes: { [key]: off }, version: list.version, reason },
        });
        toast.success(`${kind === "module" ? featureTitle(name) : `/${name}`} is ${isOn ? "on" : "off"}.`);
      } finally {
        // After a conflict, too: then somebody else has switched something, and that is to be seen.
        await queries.invalidateQueries({ queryKey: ["get", "/api/v1/guilds/{guild_id}/modules"] });
      }
    },
  };
}
