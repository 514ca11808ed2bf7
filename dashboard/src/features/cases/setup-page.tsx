"use client";

import { ArrowLeftIcon } from "lucide-react";
import Link from "next/link";
import { Button } from "@/components/ui/button";
import { Page } from "@/components/ui/page";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { useGuildId } from "@/hooks/use-guild-id";
import { CaseTypes } from "./case-types";
import { Ladder } from "./ladder";
import { ReasonTemplates } from "./reason-templates";

/** What moderators work with: own types of cases, reasons to pick from, and what warnings lead to. */
export function CaseSetupPage() {
  const guildId = useGuildId();
  return (
    <Page
      title="Types and ladder"
      description="Own types of cases, reasons to pick from, and what follows when warnings add up."
      actions={
        <Button variant="outline" asChild>
          <Link href={`/g/${guildId}/cases`}>
            <ArrowLeftIcon aria-hidden />
            All cases
          </Link>
        </Button>
      }
    >
      <Tabs defaultValue="ladder">
        <TabsList>
          <TabsTrigger value="ladder">Ladder</TabsTrigger>
          <TabsTrigger value="reasons">Reasons</TabsTrigger>
          <TabsTrigger value="types">Own types</TabsTrigger>
        </TabsList>
        <TabsContent value="ladder">
          <Ladder />
        </TabsContent>
        <TabsContent value="reasons">
          <ReasonTemplates />
        </TabsContent>
        <TabsContent value="types">
          <CaseTypes />
        </TabsContent>
      </Tabs>
    </Page>
  );
}
