"use client";

import { useQueryClient } from "@tanstack/react-query";
import type { paths } from "@/client/schema";

/** A function that has what was read from these addresses read again, whatever its parameters were. */
export function useRefresh(...read: (keyof paths)[]): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await Promise.all(read.map((path) => queries.invalidateQueries({ queryKey: ["get", path] })));
  };
}
