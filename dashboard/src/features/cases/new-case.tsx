"use client";

import { useState } from "react";
import { toast } from "sonner";
import { $api, once, told, type Problem } from "@/client";
import { UserPicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input, Label, Textarea } from "@/components/ui/field";
import { Select } from "@/components/ui/select";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { Templates } from "./templates";
import { TYPES, type CaseType } from "./words";

const CHOICES = (Object.keys(TYPES) as CaseType[]).filter((type) => type !== "custom" && type !== "nickname");
const TIMED: ReadonlySet<CaseType> = new Set(["timeout", "mute", "jail", "tempban", "voice_mute", "deafen"]);

type Props = { isOpen: boolean; onOpenChange: (isOpen: boolean) => void; onOpened?: (number: number) => void; target?: string };

/** Acts on somebody as the command does: the bot looks at how all three stand, and may refuse. */
export const NewCase = (props: Props) => (
  <Dialog
    isOpen={props.isOpen}
    onOpenChange={props.onOpenChange}
    title="New case"
    description="The bot does it as if you had used the command: it checks your rank and its own, tells the member and writes the mod-log."
  >
    {props.isOpen && <Form {...props} />}
  </Dialog>
);

function Form({ onOpenChange, onOpened, target }: Props) {
  const guild_id = useGuildId();
  const refresh = useRefresh("/api/v1/guilds/{guild_id}/cases", "/api/v1/guilds/{guild_id}/people/{user_id}/record");
  const [whom, setWhom] = useState<string | null>(target ?? null);
  const [what, setWhat] = useState("warn");
  const [reason, setReason] = useState("");
  const [duration, setDuration] = useState("");
  const [isSilent, setSilent] = useState(false);
  const [isHidden, setHidden] = useState(false);
  const own = $api.useQuery("get", "/api/v1/guilds/{guild_id}/case-types", { params: { path: { guild_id } } });
  const open = $api.useMutation("post", "/api/v1/guilds/{guild_id}/cases", {
    meta: { isHandled: true },
    onSuccess: async (opened) => {
      toast.success(`Case #${opened.number} is under way.`);
      onOpenChange(false);
      onOpened?.(opened.number);
      await refresh();
    },
  });
  const types = own.data?.filter((it) => !it.is_archived) ?? [];
  const custom = types.find((it) => `custom:${it.name}` === what);
  const takesDuration = custom ? true : TIMED.has(what as CaseType);
  const problem = open.error as Problem | null;

  function send() {
    open.mutate({
      params: { path: { guild_id }, header: once() },
      body: {
        type: custom ? "custom" : (what as CaseType),
        custom_type: custom?.name ?? null,
        target_id: whom ?? "",
        reason,
        duration: takesDuration && duration.trim() ? duration : null,
        details: {},
        is_silent: isSilent,
        is_hidden: isHidden,
      },
    });
  }
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Field label="Member">{(aria) => <UserPicker {...aria} value={whom} onChange={setWhom} />}</Field>
      <Field label="What to do">
        {(aria) => (
          <Select
            {...aria}
            value={what}
            onValueChange={setWhat}
            options={[
              ...CHOICES.map((type) => ({ value: type as string, label: TYPES[type] })),
              ...types.map((it) => ({ value: `custom:${it.name}`, label: it.display_name })),
            ]}
          />
        )}
      </Field>
      {takesDuration && (
        <Field label="For how long" hint="Such as 30m, 12h or 7d. Empty: what the server set as default, or for good." error={problem?.problems.duration}>
          {(aria) => <Input {...aria} value={duration} required={custom?.requires_duration} placeholder="1d 2h" onChange={(event) => setDuration(event.target.value)} />}
        </Field>
      )}
      <Field label="Reason" hint={<Templates onPick={setReason} />}>
        {(aria) => <Textarea {...aria} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} />}
      </Field>
      <div className="flex flex-wrap gap-x-6 gap-y-2">
        <Tick label="Do not tell them" isOn={isSilent} onChange={setSilent} />
        <Tick label="Hide from other moderators" isOn={isHidden} onChange={setHidden} />
      </div>
      {problem && (
        <p role="alert" className="rounded-md bg-destructive/10 p-3 text-sm text-destructive">
          {told(problem)}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button variant="outline" onClick={() => onOpenChange(false)}>
          Cancel
        </Button>
        <Button type="submit" isBusy={open.isPending} disabled={!whom || !reason.trim()}>
          Open case
        </Button>
      </div>
    </form>
  );
}

const Tick = ({ label, isOn, onChange }: { label: string; isOn: boolean; onChange: (isOn: boolean) => void }) => (
  <Label className="flex items-center gap-2 font-normal">
    <Checkbox checked={isOn} onCheckedChange={(checked) => onChange(checked === true)} />
    {label}
  </Label>
);
