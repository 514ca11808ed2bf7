"use client";

import { useState } from "react";
import { told, type Problem, type Schemas } from "@/client";
import { Button } from "@/components/ui/button";
import { Field, Input } from "@/components/ui/field";

/** Signs a developer in without Discord, which the API allows on the machine alone that it runs on; then goes on to `next`. */
export function DevelopmentSignIn({ next }: { next: string }) {
  const [name, setName] = useState("");
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  async function signIn() {
    setBusy(true);
    try {
      // The client would ask for the token of a login, and there is none yet.
      const answer = await fetch("/api/v1/auth/development", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ name: name.trim(), token: token.trim() } satisfies Schemas["DeveloperIn"]),
      });
      if (!answer.ok) throw (await answer.json()) as Problem;
      location.assign(next);
    } catch (error) {
      setProblem(told(error));
      setBusy(false);
    }
  }
  return (
    <form
      className="mt-6 grid gap-3 border-t pt-5 text-left"
      onSubmit={(event) => {
        event.preventDefault();
        void signIn();
      }}
    >
      <p className="text-xs text-muted-foreground">
        For development: <code className="font-mono">guildbase admin add</code> makes a name and a token.
      </p>
      <Field label="Name">
        {(aria) => <Input {...aria} required maxLength={60} autoComplete="username" value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label="Token" error={problem}>
        {(aria) => (
          <Input {...aria} required type="password" maxLength={200} autoComplete="current-password" value={token} onChange={(event) => setToken(event.target.value)} />
        )}
      </Field>
      <Button type="submit" variant="outline" isBusy={isBusy}>
        Sign in without Discord
      </Button>
    </form>
  );
}
