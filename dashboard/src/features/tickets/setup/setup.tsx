"use client";

import { Categories } from "./categories";
import { Panels } from "./panels";

/** What sorts of tickets the server takes in, and from where people open them. */
export const Setup = () => (
  <div className="grid grid-cols-1 gap-6">
    <Categories />
    <Panels />
  </div>
);
