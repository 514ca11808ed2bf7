"use client";

import { ChevronLeftIcon, ChevronRightIcon } from "lucide-react";
import type { Cursor } from "@/hooks/use-cursor";
import { Button } from "./button";

type PagerProps = {
  cursor: Cursor;
  /** Where the next page begins; null on the last one. */
  next: string | null | undefined;
  onNear?: () => void;
  newer?: string;
  older?: string;
};

/** The way through a list that nobody counts; `onNear` is called before one goes on, to fetch the next page ahead. */
export function Pager({ cursor, next, onNear, newer = "Newer", older = "Older" }: PagerProps) {
  if (cursor.page === 1 && !next) return null;
  return (
    <nav aria-label="Pages" className="flex items-center justify-between gap-2 border-t px-4 py-3">
      <Button variant="outline" size="sm" disabled={cursor.page === 1} onClick={cursor.newer}>
        <ChevronLeftIcon aria-hidden />
        {newer}
      </Button>
      <span className="text-xs text-muted-foreground">Page {cursor.page}</span>
      <Button
        variant="outline"
        size="sm"
        disabled={!next}
        onPointerEnter={onNear}
        onFocus={onNear}
        onClick={() => next && cursor.older(next)}
      >
        {older}
        <ChevronRightIcon aria-hidden />
      </Button>
    </nav>
  );
}
