"use client";

import { PlusIcon, SettingsIcon } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRights } from "@/hooks/use-rights";
import { Lists } from "./lists";
import { Presets } from "./presets";
import { RuleSheet } from "./rule-sheet";
import { Rules } from "./rules";
import { TestRun } from "./test-run";
import { Violations } from "./violations";

/** Rules that look at every message, a way to try them, who broke them, and the lists that they name. */
export function AutomodPage() {
  const guildId = useGuildId();
  const rights = useRights();
  const [isNew, setNew] = useState(false);
  const mayEdit = rights.has("edit_settings");
  return (
    <Page
      title="AutoMod"
      description="Rules that look at every message. Try them on a text before they act."
      actions={
        <>
          {rights.has("view_settings") && (
            <Button variant="outline" asChild>
              <Link href={`/g/${guildId}/settings/automod`}>
                <SettingsIcon aria-hidden />
                Settings and alerts
              </Link>
            </Button>
          )}
          {mayEdit && <Presets />}
          {mayEdit && (
            <Button onClick={() => setNew(true)}>
              <PlusIcon aria-hidden />
              New rule
            </Button>
          )}
        </>
      }
    >
      <Tabs defaultValue="rules">
        <TabsList>
          <TabsTrigger value="rules">Rules</TabsTrigger>
          {rights.has("view_cases") && <TabsTrigger value="violations">Violations</TabsTrigger>}
          <TabsTrigger value="lists">Lists</TabsTrigger>
        </TabsList>
        <TabsContent value="rules" className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
          <Rules onNew={mayEdit ? () => setNew(true) : undefined} />
          <TestRun />
        </TabsContent>
        {rights.has("view_cases") && (
          <TabsContent value="violations">
            <Violations />
          </TabsContent>
        )}
        <TabsContent value="lists">
          <Lists />
        </TabsContent>
      </Tabs>
      {isNew && <RuleSheet onClose={() => setNew(false)} />}
    </Page>
  );
}
