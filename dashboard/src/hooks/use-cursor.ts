"use client";

import { useState } from "react";

export type Cursor = {
  /** What the current page comes after; undefined for the first page. */
  after: string | undefined;
  page: number;
  older: (next: string) => void;
  newer: () => void;
};

/** Where one is in a list that is paged by its last row; it begins anew whenever `list` says that it is another list. */
export function useCursor(list: string): Cursor {
  const [place, setPlace] = useState<{ list: string; passed: string[] }>({ list, passed: [] });
  const passed = place.list === list ? place.passed : [];
  return {
    after: passed.at(-1),
    page: passed.length + 1,
    older: (next) => setPlace({ list, passed: [...passed, next] }),
    newer: () => setPlace({ list, passed: passed.slice(0, -1) }),
  };
}
