"use client";

import { useQueryClient } from "@tanstack/react-query";
import { PlusIcon } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import { $api } from "@/client";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { CopyText } from "@/components/ui/copy-text";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { Switch } from "@/components/ui/switch";
import { StandingForm, type StandingIn } from "./standing-form";
import { StandingsTable } from "./standings-table";

const LIST = "/api/v1/standings";
type Kind = "user" | "guild";
const KINDS = [
  { value: "user", label: "A person" },
  { value: "guild", label: "A server" },
] as const;

/** Who is blocked or trusted in all servers, for the operator. */
export function GlobalBlocklist() {
  const queries = useQueryClient();
  const [isAdding, setAdding] = useState(false);
  const changed = () => queries.invalidateQueries({ queryKey: ["get", LIST] });
  const query = $api.useInfiniteQuery(
    "get",
    LIST,
    { params: { query: { limit: 50 } } },
    { pageParamName: "after", initialPageParam: null, getNextPageParam: (page) => page.next_after },
  );
  const lift = $api.useMutation("delete", "/api/v1/standings/{kind}/{subject_id}");
  return (
    <div className="grid grid-cols-1 gap-4">
      <Button className="w-fit" onClick={() => setAdding(true)}>
        <PlusIcon aria-hidden /> Add a person or a server
      </Button>
      <StandingsTable
        query={query}
        canEdit
        empty="Nobody is blocked or trusted everywhere."
        subject={(standing) => (
          <span className="inline-flex flex-wrap items-center gap-2">
            <Badge>{standing.subject_kind === "guild" ? "server" : "person"}</Badge>
            <CopyText text={standing.subject_id} />
          </span>
        )}
        setter={(standing) => <span className="truncate">{standing.set_by_name}</span>}
        onLift={async (standing) => {
          await lift.mutateAsync({ params: { path: { kind: standing.subject_kind, subject_id: standing.subject_id } } });
          toast.success("Lifted.");
          await changed();
        }}
      />
      {isAdding && <AddDialog onOpenChange={setAdding} onAdded={changed} />}
    </div>
  );
}

function AddDialog({ onOpenChange, onAdded }: { onOpenChange: (isOpen: boolean) => void; onAdded: () => Promise<unknown> }) {
  const [kind, setKind] = useState<Kind>("user");
  const [id, setId] = useState("");
  const [isLeaving, setLeaving] = useState(false);
  const decide = $api.useMutation("post", LIST, { meta: { isHandled: true } });
  async function submit(wanted: StandingIn) {
    const leave = isLeaving && kind === "guild" && wanted.status === "blocked";
    await decide.mutateAsync({ body: { ...wanted, subject_kind: kind, leave } });
    toast.success(wanted.status === "blocked" ? "Blocked everywhere." : "Trusted everywhere.");
    await onAdded();
    onOpenChange(false);
  }
  return (
    <Dialog isOpen onOpenChange={onOpenChange} title="Block or trust everywhere" description="It counts in all servers at once.">
      <StandingForm
        subject={
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="What">{(aria) => <Select {...aria} value={kind} onValueChange={setKind} options={KINDS} />}</Field>
            <Field label="Id" hint="17 to 20 digits.">
              {(aria) => <Input {...aria} inputMode="numeric" value={id} onChange={(event) => setId(event.target.value.trim())} />}
            </Field>
          </div>
        }
        subjectId={/^\d{17,20}$/.test(id) ? id : null}
        more={(status) =>
          kind === "guild" && status === "blocked" ? (
            <Field label="Leave the server now" isInline>
              {(aria) => <Switch {...aria} checked={isLeaving} onCheckedChange={setLeaving} />}
            </Field>
          ) : null
        }
        problem={decide.error}
        isBusy={decide.isPending}
        onSubmit={submit}
        onCancel={() => onOpenChange(false)}
      />
    </Dialog>
  );
}
