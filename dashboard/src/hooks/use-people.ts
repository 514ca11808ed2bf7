"use client";

import { useQuery } from "@tanstack/react-query";
import { client, type Schemas } from "@/client";
import { useGuildId } from "./use-guild-id";

export type PersonOut = Schemas["PersonOut"];

const MOST_AT_ONCE = 50;

type Waiting = { resolve: (person: PersonOut | null) => void; reject: (error: unknown) => void };

// The people whom components asked for in this moment, by server: one request names them all.
const waiting = new Map<string, Map<string, Waiting[]>>();

function lookUp(guildId: string, id: string): Promise<PersonOut | null> {
  return new Promise((resolve, reject) => {
    let batch = waiting.get(guildId);
    if (!batch) {
      batch = new Map();
      waiting.set(guildId, batch);
      queueMicrotask(() => setTimeout(() => void send(guildId), 0));
    }
    batch.set(id, [...(batch.get(id) ?? []), { resolve, reject }]);
  });
}

async function send(guildId: string) {
  const batch = [...(waiting.get(guildId) ?? [])];
  waiting.delete(guildId);
  for (let start = 0; start < batch.length; start += MOST_AT_ONCE) await ask(guildId, batch.slice(start, start + MOST_AT_ONCE));
}

async function ask(guild_id: string, batch: [string, Waiting[]][]) {
  const query = { ids: batch.map(([id]) => id) };
  try {
    const { data, error } = await client.GET("/api/v1/guilds/{guild_id}/members", { params: { path: { guild_id }, query } });
    if (!data) throw error;
    const found = new Map(data.people.map((person) => [person.id, person]));
    for (const [id, asked] of batch) for (const one of asked) one.resolve(found.get(id) ?? null);
  } catch (error) {
    for (const [, asked] of batch) for (const one of asked) one.reject(error);
  }
}

/** Who somebody is; all ids that a page shows at once are looked up together. `null` if Discord knows nobody. */
export function usePerson(id: string | null | undefined) {
  const guildId = useGuildId();
  return useQuery({
    queryKey: ["person", guildId, id],
    queryFn: () => lookUp(guildId, id!),
    enabled: !!id && !!guildId,
    staleTime: 600_000,
    retry: false,
  });
}
