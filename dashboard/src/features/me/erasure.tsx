"use client";

import { useState } from "react";
import { toast } from "sonner";
import { $api, type Schemas } from "@/client";
import { Button } from "@/components/ui/button";
import { Card, CardContent, CardDescription, CardHeader, CardTitle } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { useRefresh } from "@/hooks/use-refresh";
import { ago, when } from "@/lib/time";

const PATH = "/api/v1/users/me/data/erasure";
const SURE = "erase my data";

type Props = { erasure: Schemas["ErasureOut"] | null; graceDays: number };

/** Have everything erased, after some days in which it can be taken back. */
export const Erasure = ({ erasure, graceDays }: Props) => (
  <Card className="border-destructive/40">
    <CardHeader>
      <CardTitle>Erase my data</CardTitle>
      <CardDescription>
        Your words, names and settings are deleted or emptied in all servers. Where a row must stay, such as that a moderator acted, your id
        becomes a random number that leads to nobody. Blocks stay, so that nobody gets rid of one this way. You are signed out.
      </CardDescription>
    </CardHeader>
    <CardContent>{erasure ? <Waiting erasure={erasure} /> : <Ask graceDays={graceDays} />}</CardContent>
  </Card>
);

function Waiting({ erasure }: { erasure: Schemas["ErasureOut"] }) {
  const changed = useRefresh("/api/v1/users/me/data");
  const takeBack = $api.useMutation("delete", PATH);
  const until = erasure.not_before;
  async function keep() {
    await takeBack.mutateAsync({});
    toast.success("Your data stays.");
    await changed();
  }
  return (
    <div className="flex flex-wrap items-center gap-4">
      <p className="text-sm font-medium text-warning">
        {until ? `Your data will be erased ${ago(until)}, on ${when(until)}.` : "Your data is being erased. It is done within minutes."}
      </p>
      {until && (
        <Button variant="outline" isBusy={takeBack.isPending} onClick={() => void keep().catch(() => {})}>
          Keep my data
        </Button>
      )}
    </div>
  );
}

function Ask({ graceDays }: { graceDays: number }) {
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const changed = useRefresh("/api/v1/users/me/data");
  const erase = $api.useMutation("post", PATH);
  async function send() {
    await erase.mutateAsync({ body: { confirm: SURE } });
    setOpen(false);
    setTyped("");
    toast.success(`Your data will be erased in ${graceDays} days.`);
    await changed();
  }
  return (
    <>
      <Button variant="destructive" onClick={() => setOpen(true)}>
        Erase my data
      </Button>
      <Dialog
        isOpen={isOpen}
        onOpenChange={setOpen}
        title="Erase everything about you?"
        description={`It is erased after ${graceDays} days, and until then you can take it back here. Afterwards nobody can bring it back.`}
      >
        <form
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            send().catch(() => {});
          }}
        >
          <Field label={`Type “${SURE}”`}>
            {(aria) => <Input {...aria} autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />}
          </Field>
          <Button type="submit" variant="destructive" className="justify-self-end" disabled={typed.trim().toLowerCase() !== SURE} isBusy={erase.isPending}>
            Erase my data
          </Button>
        </form>
      </Dialog>
    </>
  );
}
