"use client";

import type { ReactNode } from "react";
import { useTitle } from "@/hooks/use-title";

type PageProps = { title: string; description?: ReactNode; actions?: ReactNode; children: ReactNode };

/** The frame of each page: its title (of the tab, too), what it is for, what one can do, and the content. */
export function Page({ title, description, actions, children }: PageProps) {
  useTitle(title);
  return (
    <div className="animate-in duration-300 fade-in-0">
      <div className="mb-6 flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0">
          <h1 className="text-2xl font-semibold tracking-tight text-balance">{title}</h1>
          {description && <p className="mt-1 max-w-2xl text-sm text-balance text-muted-foreground">{description}</p>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
