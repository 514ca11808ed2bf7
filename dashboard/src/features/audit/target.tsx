"use client";

import { ChannelName } from "@/components/channel-name";
import { Person } from "@/components/person";
import { RoleName } from "@/components/role-name";
import { targetOf, type Entry } from "./words";

/** Whom or what it was done to. */
export function Target({ entry }: { entry: Entry }) {
  const { target_type } = entry;
  const target_id = targetOf(entry);
  if (!target_id) return null;
  if (["user", "member"].includes(target_type)) return <Person id={target_id} />;
  if (target_type === "role") return <RoleName id={target_id} />;
  if (["channel", "category"].includes(target_type)) return <ChannelName id={target_id} />;
  return target_type === "guild" ? <span>this server</span> : <span className="font-mono text-xs">{target_id}</span>;
}
