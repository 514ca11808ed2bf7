"use client";

import { usePathname } from "next/navigation";

/** The server's id from the address bar: one page is prerendered for all of them, so its parameters say `_`. */
export function useGuildId(): string {
  return usePathname().split("/")[2] ?? "";
}

/** A further part of the address below the server, such as the feature in `/g/1/settings/tickets` (index 1). */
export function useGuildPath(index: number): string {
  return decodeURIComponent(usePathname().split("/")[3 + index] ?? "");
}
