import type { ReactNode } from "react";

/** A part of what is told of a case or a person, under its own heading. */
export const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section className="grid gap-3 border-t pt-4">
    <h2 className="text-sm font-semibold">{title}</h2>
    {children}
  </section>
);
