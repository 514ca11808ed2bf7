"use client";

import { PlusIcon } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { useRights } from "@/hooks/use-rights";
import { Checks } from "./checks";
import { Explain } from "./explain";
import { Precedence } from "./precedence";
import { RuleDialog } from "./rule-dialog";
import { RulesTable } from "./rules-table";

export function PermissionsPage() {
  const rights = useRights();
  const [isMaking, setMaking] = useState(false);
  return (
    <Page
      title="Command permissions"
      description="Who may use which command where. Without rules, what Discord allows is allowed."
      actions={
        rights.has("edit_settings") && (
          <Button onClick={() => setMaking(true)}>
            <PlusIcon aria-hidden /> New rule
          </Button>
        )
      }
    >
      <Tabs defaultValue="rules">
        <TabsList aria-label="Command permissions">
          <TabsTrigger value="rules">Rules</TabsTrigger>
          <TabsTrigger value="explain">Explain</TabsTrigger>
          <TabsTrigger value="checks">Checks</TabsTrigger>
        </TabsList>
        <TabsContent value="rules" className="grid grid-cols-1 gap-6">
          <RulesTable />
          <Precedence />
        </TabsContent>
        <TabsContent value="explain">
          <Explain />
        </TabsContent>
        <TabsContent value="checks">
          <Checks />
        </TabsContent>
      </Tabs>
      {isMaking && <RuleDialog onOpenChange={setMaking} />}
    </Page>
  );
}
