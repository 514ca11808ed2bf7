import { useSyncExternalStore } from "react";

/** What is known of the way to the API: it answers, it cannot be reached, or it knows the person no longer. */
export type Connection = "open" | "unreachable" | "signed_out";

let now: Connection = "open";
const followers = new Set<() => void>();

/** Tell the pages what the last request met. */
export function report(connection: Connection) {
  if (connection === now) return;
  now = connection;
  for (const follow of followers) follow();
}

function follow(onChange: () => void): () => void {
  followers.add(onChange);
  return () => followers.delete(onChange);
}

export const useConnection = (): Connection => useSyncExternalStore(follow, () => now, () => "open");
