"use client";

import { SearchIcon } from "lucide-react";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/field";
import { Page } from "@/components/ui/page";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { GlobalBlocklist } from "@/features/blocklist/global-blocklist";
import { ServerTable } from "./server-table";

/** The servers that the bot is in or was in, and who is blocked or trusted in all of them. */
export function ServersPage() {
  const asked = useSearchParams();
  const router = useRouter();
  const path = usePathname();
  const tab = asked.get("tab") ?? "here";
  const query = asked.get("query") ?? "";
  const show = (next: Record<string, string>) => router.replace(`${path}?${new URLSearchParams(next)}`);
  return (
    <Page title="Servers" description="All servers of the bot: search one, make the bot leave it, or block it.">
      <Tabs value={tab} onValueChange={(next) => show({ tab: next })}>
        <TabsList aria-label="Which servers">
          <TabsTrigger value="here">Servers</TabsTrigger>
          <TabsTrigger value="gone">Left</TabsTrigger>
          <TabsTrigger value="blocked">Block-list</TabsTrigger>
        </TabsList>
        <TabsContent value="here">
          <Search key={query} query={query} onSearch={(next) => show(next ? { tab: "here", query: next } : { tab: "here" })} />
          <Card>
            <ServerTable query={query} isGone={false} />
          </Card>
        </TabsContent>
        <TabsContent value="gone">
          <Card>
            <ServerTable query="" isGone />
          </Card>
        </TabsContent>
        <TabsContent value="blocked">
          <GlobalBlocklist />
        </TabsContent>
      </Tabs>
    </Page>
  );
}

function Search({ query, onSearch }: { query: string; onSearch: (query: string) => void }) {
  const [text, setText] = useState(query);
  return (
    <form
      role="search"
      className="mb-4 flex max-w-md gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(text.trim());
      }}
    >
      <Input
        type="search"
        aria-label="Name or id of a server"
        placeholder="A part of the name, or an id"
        maxLength={100}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit" variant="outline">
        <SearchIcon aria-hidden />
        Search
      </Button>
    </form>
  );
}
