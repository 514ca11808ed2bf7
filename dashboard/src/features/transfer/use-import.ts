"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client, once, type Schemas } from "@/client";
import { useGuildId } from "@/hooks/use-guild-id";

export type Plan = Schemas["ImportOut"];
export type Upload = { name: string; text: string; readAt: number };
export type Choices = { sections: string[] | null; leaveOut: boolean };

type Query = { dry_run?: boolean; leave_out?: boolean; sections?: string[]; fingerprint?: string; reason?: string };

/** Sends the file as it is: read and written anew it would no longer show what is wrong with it. */
async function send(guild_id: string, text: string, query: Query): Promise<Plan> {
  const { data, error } = await client.POST("/api/v1/guilds/{guild_id}/import", {
    params: { path: { guild_id }, query },
    headers: query.dry_run ? {} : once(),
    body: text as unknown as Record<string, never>,
    bodySerializer: (body) => body as unknown as string,
  });
  if (!data) throw error;
  return data;
}

/** What an import of the file would do; nothing is done. */
export function usePlan(upload: Upload | null, { sections, leaveOut }: Choices) {
  const guildId = useGuildId();
  return useQuery({
    queryKey: ["import-plan", guildId, upload?.name, upload?.readAt, sections, leaveOut],
    queryFn: () => send(guildId, upload?.text ?? "", { dry_run: true, leave_out: leaveOut, ...(sections && { sections }) }),
    enabled: upload !== null,
    staleTime: 0,
    retry: false,
    placeholderData: (before) => before,
  });
}

/** Does what the plan says, or nothing if the server changed meanwhile. */
export function useApply(upload: Upload, { sections, leaveOut }: Choices) {
  const guildId = useGuildId();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ fingerprint, reason }: { fingerprint: string; reason: string }) =>
      send(guildId, upload.text, { leave_out: leaveOut, fingerprint, reason, ...(sections && { sections }) }),
    onSettled: () => queries.invalidateQueries(),
  });
}
