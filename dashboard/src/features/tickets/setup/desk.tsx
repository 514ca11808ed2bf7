"use client";

import { Blocks } from "./blocks";
import { Replies } from "./replies";

/** What the staff works with besides the tickets themselves. */
export const Desk = () => (
  <div className="grid grid-cols-1 gap-6">
    <Replies />
    <Blocks />
  </div>
);
