"use client";

import { CopyText } from "@/components/ui/copy-text";

/** The key itself: it is stored nowhere, so this is the only time that it can be copied. */
export const Secret = ({ secret }: { secret: string }) => (
  <div className="grid gap-3">
    <p className="text-sm">Copy it now and keep it like a password. It is not stored, so it cannot be shown again.</p>
    <div className="rounded-md border bg-muted p-3 break-all">
      <CopyText text={secret} label="Copy the key" />
    </div>
  </div>
);
