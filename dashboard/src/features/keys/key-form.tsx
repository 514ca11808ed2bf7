"use client";

import { useState } from "react";
import { $api, once } from "@/client";
import { ExpiryField } from "@/components/expiry-field";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";
import { RIGHT_NAMES } from "@/features/access/rights";
import { RightsField } from "@/features/access/rights-field";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { useRights, type RightName } from "@/hooks/use-rights";

/** What a new key is called, what it may do, and until when. */
export function KeyForm({ onMade }: { onMade: (secret: string | null) => void }) {
  const guild_id = useGuildId();
  const rights = useRights();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<RightName[]>(["view_cases"]);
  const [expires_at, setExpiry] = useState<string | null>(null);
  const [key] = useState(once);
  const changed = useRefresh("/api/v1/guilds/{guild_id}/keys");
  const create = $api.useMutation("post", "/api/v1/guilds/{guild_id}/keys", { meta: { isHandled: true } });
  async function make() {
    const made = await create.mutateAsync({ params: { path: { guild_id } }, headers: key, body: { name, scopes, expires_at } });
    await changed();
    onMade(made.secret);
  }
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        make().catch(() => {});
      }}
    >
      <Field label="Name" hint="Which program it is for.">
        {(aria) => <Input {...aria} required maxLength={60} value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <RightsField value={scopes} onChange={setScopes} canGive={RIGHT_NAMES.filter(rights.has)} isForRole={false} />
      <ExpiryField value={expires_at} onChange={setExpiry} label="Works until" hint="A key that ends by itself cannot be forgotten." />
      {create.error && (
        <p role="alert" className="text-sm text-destructive">
          {[create.error.detail, create.error.hint].filter(Boolean).join(" ")}
        </p>
      )}
      <Button type="submit" className="justify-self-end" disabled={!name.trim() || scopes.length === 0} isBusy={create.isPending}>
        Make key
      </Button>
    </form>
  );
}
