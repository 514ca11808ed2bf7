import type { Schemas } from "@/client";

export type Grant = Schemas["AuthorizedOut"];
export type Branch = { grant: Grant; below: Branch[] };

/** The grants as trees of who gave what: each below the one that it hangs on, the oldest first. */
export function branches(grants: readonly Grant[], parent: number | null = null): Branch[] {
  return grants
    .filter((grant) => grant.parent === parent)
    .map((grant) => ({ grant, below: branches(grants, grant.number) }));
}

/** All that ends together with this branch, besides it itself. */
export const fallsWith = (branch: Branch): Grant[] => branch.below.flatMap((it) => [it.grant, ...fallsWith(it)]);
