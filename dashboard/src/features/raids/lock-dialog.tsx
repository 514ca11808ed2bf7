"use client";

import { useState } from "react";
import { toast } from "sonner";
import { $api, told, type Problem } from "@/client";
import { ChannelPicker } from "@/components/pickers";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";
import { Switch } from "@/components/ui/switch";
import { useGuildId } from "@/hooks/use-guild-id";
import { useRefresh } from "@/hooks/use-refresh";
import { CHANNELS } from "./locked-channels";

const LOCKDOWN = "/api/v1/guilds/{guild_id}/lockdown";

/** Which channels are to be locked, for how long and why. */
export function LockDialog({ onClose }: { onClose: () => void }) {
  const guild_id = useGuildId();
  const refresh = useRefresh(LOCKDOWN, CHANNELS);
  const [isWhole, setWhole] = useState(false);
  const [channels, setChannels] = useState<string[]>([]);
  const [duration, setDuration] = useState("");
  const [reason, setReason] = useState("");
  const lock = $api.useMutation("post", LOCKDOWN, {
    meta: { isHandled: true },
    onSuccess: async () => {
      toast.success("The bot locks it.");
      onClose();
      await refresh();
    },
  });
  return (
    <Dialog isOpen onOpenChange={onClose} title="Lock channels" description="Nobody but the staff can write there, till you unlock it.">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const body = { channels: isWhole ? null : channels, reason, duration: duration.trim() || null };
          lock.mutate({ params: { path: { guild_id } }, body });
        }}
      >
        <Field label="The whole server" hint="Also channels that are made meanwhile." isInline>
          {(aria) => <Switch {...aria} checked={isWhole} onCheckedChange={setWhole} />}
        </Field>
        {!isWhole && (
          <Field label="Channels">
            {(aria) => (
              <ChannelPicker {...aria} isMultiple value={channels} onChange={setChannels} kinds={["text", "news", "voice", "stage_voice", "forum"]} />
            )}
          </Field>
        )}
        <Field label="For how long" hint="Such as 30m or 2h. Empty: till somebody unlocks it.">
          {(aria) => <Input {...aria} value={duration} onChange={(event) => setDuration(event.target.value)} />}
        </Field>
        <Field label="Why" error={lock.error ? told(lock.error as Problem) : undefined}>
          {(aria) => <Input {...aria} maxLength={400} value={reason} onChange={(event) => setReason(event.target.value)} />}
        </Field>
        <div className="flex justify-end gap-2">
          <Button variant="outline" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" variant="destructive" isBusy={lock.isPending} disabled={!isWhole && channels.length === 0}>
            Lock
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
