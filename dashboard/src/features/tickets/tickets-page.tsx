"use client";

import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { Page } from "@/components/ui/page";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { useRights } from "@/hooks/use-rights";
import { Desk } from "./setup/desk";
import { Setup } from "./setup/setup";
import { Figures } from "./figures";
import { TicketList } from "./ticket-list";

/** The tickets of the server: the list, how well they are answered, and how they are set up. */
export function TicketsPage() {
  const address = useSearchParams();
  const path = usePathname();
  const router = useRouter();
  const rights = useRights();
  const tab = address.get("tab") ?? "list";
  const go = (next: string) => router.replace(next === "list" ? path : `${path}?tab=${next}`, { scroll: false });
  return (
    <Page title="Tickets" description="Requests for help: who asked, who answers, what was said, and how fast it went.">
      <Tabs value={tab} onValueChange={go}>
        <TabsList aria-label="Tickets">
          <TabsTrigger value="list">Tickets</TabsTrigger>
          <TabsTrigger value="figures">Figures</TabsTrigger>
          <TabsTrigger value="desk">Answers and blocks</TabsTrigger>
          {rights.has("edit_settings") && <TabsTrigger value="setup">Categories and panels</TabsTrigger>}
        </TabsList>
        <TabsContent value="list">
          <TicketList />
        </TabsContent>
        <TabsContent value="figures">
          <Figures />
        </TabsContent>
        <TabsContent value="desk">
          <Desk />
        </TabsContent>
        {rights.has("edit_settings") && (
          <TabsContent value="setup">
            <Setup />
          </TabsContent>
        )}
      </Tabs>
    </Page>
  );
}
