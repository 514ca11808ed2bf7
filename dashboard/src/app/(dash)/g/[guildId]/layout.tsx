import type { ReactNode } from "react";
import { GuildGate } from "@/components/shell/guild-gate";

/** One page is prerendered for the servers of everybody; the browser reads the id from its address. */
export const generateStaticParams = () => [{ guildId: "_" }];

export default function GuildLayout({ children }: { children: ReactNode }) {
  return <GuildGate>{children}</GuildGate>;
}
