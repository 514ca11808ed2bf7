"use client";

import { UsersIcon } from "lucide-react";
import { ChannelName } from "@/components/channel-name";
import { Person } from "@/components/person";
import { RoleName } from "@/components/role-name";

/** Whom or what place a rule is about. */
export function SubjectName({ subject, id }: { subject: string; id: string }) {
  if (subject === "member") return <Person id={id} />;
  if (subject === "role") return <RoleName id={id} />;
  if (subject === "guild")
    return (
      <span className="inline-flex items-center gap-1.5">
        <UsersIcon className="size-3.5 opacity-60" aria-hidden /> everybody here
      </span>
    );
  return <ChannelName id={id} />;
}
