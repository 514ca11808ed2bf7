"use client";

import { Button } from "@/components/ui/button";
import type { Draft } from "./use-draft";

/** Stays in sight while something is unsaved. */
export function SaveBar({ draft, isBusy, onReview }: { draft: Draft; isBusy: boolean; onReview: () => void }) {
  if (!draft.isDirty) return null;
  const count = Object.keys(draft.changes).length;
  const wrong = Object.keys(draft.problems).length;
  return (
    <div
      role="region"
      aria-label="Unsaved changes"
      className="sticky bottom-4 z-20 flex flex-wrap items-center justify-between gap-3 rounded-xl border bg-popover p-3 pl-5 shadow-lg animate-in fade-in-0 slide-in-from-bottom-2"
    >
      <p className="text-sm" role="status">
        {count === 1 ? "1 unsaved change" : `${count} unsaved changes`}
        {wrong > 0 && <span className="text-destructive"> · {wrong} to correct</span>}
      </p>
      <div className="flex gap-2">
        <Button variant="ghost" onClick={draft.discard}>
          Discard
        </Button>
        <Button disabled={wrong > 0 || draft.isOutdated} isBusy={isBusy} onClick={onReview}>
          Review and save
        </Button>
      </div>
    </div>
  );
}
