"use client";

import { $api } from "@/client";

/** Who is signed in, and their servers; both are asked for once and kept for a while. */
export const useMe = () => $api.useQuery("get", "/api/v1/auth/me", {}, { staleTime: 300_000 });

export const useGuilds = () => $api.useQuery("get", "/api/v1/guilds", {}, { staleTime: 60_000 });
