import type { Problem } from "@/client";

/** What the server says is wrong, by the name of the field; it says where in the body it stood. */
export function problemsOf(error: unknown): Record<string, string> {
  const found = (error as Partial<Problem> | null)?.problems ?? {};
  return Object.fromEntries(Object.entries(found).map(([place, problem]) => [place.replace(/^body\./, "").split(".")[0] ?? place, problem]));
}
