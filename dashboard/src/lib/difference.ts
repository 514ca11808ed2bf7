/** One difference between two values; a path such as `settings.moderation.tell_member`. */
export type Difference = { path: string; kind: "added" | "changed" | "removed"; before?: unknown; after?: unknown };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** How the second value differs from the first: objects by key, everything else as a whole. */
export function differences(before: unknown, after: unknown, path = ""): Difference[] {
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => {
      const where = path ? `${path}.${key}` : key;
      if (!(key in before)) return [{ path: where, kind: "added" as const, after: after[key] }];
      if (!(key in after)) return [{ path: where, kind: "removed" as const, before: before[key] }];
      return differences(before[key], after[key], where);
    });
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, kind: "changed", before, after }];
}

/** A value as people read it: text plain, everything else as JSON. */
export function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "nothing";
  return typeof value === "string" ? value : JSON.stringify(value);
}
