"use client";

import { useState } from "react";
import type { Schemas } from "@/client";
import type { Problems } from "./checks";
import { isSame, type JsonSchema } from "./schema";
import { useChecks } from "./use-checks";

type Current = Schemas["SettingsOut"];

/** What somebody is changing: only the keys that they touched, on top of what holds. */
export function useDraft(schema: JsonSchema, current: Current) {
  const checks = useChecks();
  const [edits, setEdits] = useState<Record<string, unknown>>({});
  // The version that was seen when the first key was touched: what others change from then on is a conflict.
  const [seen, setSeen] = useState(current.version);
  const [refused, setRefused] = useState<Problems>({});
  const changes = Object.fromEntries(Object.entries(edits).filter(([key, value]) => !isSame(value, current.values[key])));
  const keys = Object.keys(changes);
  const version = keys.length > 0 ? seen : current.version;
  function set(key: string, value: unknown) {
    if (keys.length === 0) setSeen(current.version);
    setEdits({ ...edits, [key]: value });
    setRefused(Object.fromEntries(Object.entries(refused).filter(([path]) => path !== key && !path.startsWith(`${key}.`))));
  }
  return {
    values: { ...current.values, ...edits } as Record<string, unknown>,
    changes,
    isDirty: keys.length > 0,
    version,
    isOutdated: keys.length > 0 && seen !== current.version,
    problems: { ...checks?.problemsOf(schema, changes), ...refused } as Problems,
    set,
    /** Show what the API finds wrong, by path. */
    refuse: setRefused,
    discard() {
      setEdits({});
      setRefused({});
    },
    /** Go on with what others have changed meanwhile; one's own changes stay on top. */
    catchUp: () => setSeen(current.version),
  };
}

export type Draft = ReturnType<typeof useDraft>;
