"use client";

import { Person } from "@/components/person";
import { RoleName } from "@/components/role-name";

/** Whoever holds access: a person or a role. */
export const Holder = ({ kind, id, className }: { kind: "user" | "role"; id: string | null; className?: string }) =>
  kind === "role" && id ? <RoleName id={id} className={className} /> : <Person id={id} className={className} />;
