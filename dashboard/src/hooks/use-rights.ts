"use client";

import type { Schemas } from "@/client";
import { useGuildId } from "./use-guild-id";
import { useGuilds } from "./use-me";

export type RightName = Schemas["GuildOut"]["rights"][number];
export type Rights = { has: (right: RightName) => boolean; hasAny: boolean; isLoading: boolean };

/** What the person may do in the server of the address; the API judges again, this is for what to offer. */
export function useRights(): Rights {
  const guildId = useGuildId();
  const guilds = useGuilds();
  const held = guilds.data?.guilds.find((guild) => guild.id === guildId)?.rights ?? [];
  return { has: (right) => held.includes(right), hasAny: held.length > 0, isLoading: guilds.isPending };
}
