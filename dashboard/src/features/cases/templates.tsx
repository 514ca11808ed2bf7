"use client";

import { useRights } from "@/hooks/use-rights";
import { useModerationSettings } from "./use-moderation-settings";

/** Reasons that the server keeps, one press each; nothing for who may not read settings. */
export function Templates({ onPick }: { onPick: (reason: string) => void }) {
  const rights = useRights();
  const settings = useModerationSettings(rights.has("view_settings"));
  const templates = Object.entries(settings.data?.values.reason_templates ?? {});
  if (templates.length === 0) return "The member reads this.";
  return (
    <span className="flex flex-wrap items-center gap-1.5">
      The member reads this. From your templates:
      {templates.map(([name, text]) => (
        <button key={name} type="button" className="rounded-md border px-1.5 py-0.5 hover:bg-accent" onClick={() => onPick(text)}>
          {name}
        </button>
      ))}
    </span>
  );
}
