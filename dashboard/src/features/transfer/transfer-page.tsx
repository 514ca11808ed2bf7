"use client";

import { DownloadIcon } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Page } from "@/components/ui/page";
import { useGuildId } from "@/hooks/use-guild-id";
import { ImportCard } from "./import-card";

export function TransferPage() {
  const guildId = useGuildId();
  return (
    <Page title="Export and import" description="A server's whole configuration as one file: a copy to keep, and a way to another server.">
      <div className="grid grid-cols-1 gap-6">
        <Card>
          <CardHeader>
            <CardTitle>Export</CardTitle>
            <CardDescription>
              All settings, command permissions, the block-list and who has access. There are no secrets in it, but it names people: keep it with care.
            </CardDescription>
          </CardHeader>
          <CardContent>
            <Button asChild variant="outline">
              <a href={`/api/v1/guilds/${guildId}/export`} download>
                <DownloadIcon aria-hidden /> Download the export
              </a>
            </Button>
          </CardContent>
        </Card>
        <ImportCard />
      </div>
    </Page>
  );
}
