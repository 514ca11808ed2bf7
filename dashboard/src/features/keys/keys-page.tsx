"use client";

import { KeyRoundIcon, PlusIcon } from "lucide-react";
import { useState } from "react";
import { $api } from "@/client";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { Page } from "@/components/ui/page";
import { Empty, Loaded } from "@/components/ui/states";
import { useGuildId } from "@/hooks/use-guild-id";
import { KeyForm } from "./key-form";
import { KeyRow } from "./key-row";
import { Secret } from "./secret";

/** API keys of the server: programs use them, within the rights of whoever made them. */
export function KeysPage() {
  const guild_id = useGuildId();
  const query = $api.useQuery("get", "/api/v1/guilds/{guild_id}/keys", { params: { path: { guild_id } } });
  const [isNew, setNew] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  function made(shown: string | null) {
    setNew(false);
    setSecret(shown);
  }
  return (
    <Page
      title="API keys"
      description="For programs that read or change this server through the API. A key never may more than whoever made it."
      actions={
        <Button onClick={() => setNew(true)}>
          <PlusIcon aria-hidden />
          New key
        </Button>
      }
    >
      <div className="grid grid-cols-1 gap-6">
        <Card>
          <Loaded query={query}>
            {({ keys }) =>
              keys.length === 0 ? (
                <Empty icon={KeyRoundIcon} title="No key yet">
                  Make one for each program, with no more rights than it needs, so that you can end one without the others.
                </Empty>
              ) : (
                <ul className="divide-y">
                  {keys.map((it) => (
                    <KeyRow key={it.number} apiKey={it} onMade={setSecret} />
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Card>
        <Example guildId={guild_id} />
      </div>
      <Dialog isOpen={isNew} onOpenChange={setNew} title="New API key">
        {isNew && <KeyForm onMade={made} />}
      </Dialog>
      <Dialog isOpen={secret !== null} onOpenChange={() => setSecret(null)} title="Your new key">
        {secret !== null && <Secret secret={secret} />}
      </Dialog>
    </Page>
  );
}

const Example = ({ guildId }: { guildId: string }) => (
  <Card>
    <CardHeader>
      <CardTitle>How a program uses it</CardTitle>
      <CardDescription>
        The key goes into a header. All routes are in{" "}
        <a className="text-primary underline underline-offset-2" href="/api/v1/openapi.json">
          the OpenAPI document
        </a>
        .
      </CardDescription>
    </CardHeader>
    <CardContent>
      <pre className="overflow-x-auto rounded-md bg-muted p-4 font-mono text-xs" tabIndex={0} aria-label="Example">
        {`curl -H "X-API-Key: $KEY" \\\n  ${location.origin}/api/v1/guilds/${guildId}/cases`}
      </pre>
    </CardContent>
  </Card>
);
