"use client";

import { ListFilterIcon } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";

type FilterPanelProps = { isNarrowed: boolean; className?: string; gridClassName?: string; children: ReactNode };

/** What a list is narrowed to; on a phone behind a button, for there the list comes first. */
export function FilterPanel({ isNarrowed, className, gridClassName, children }: FilterPanelProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div className={className}>
      <Button variant="outline" size="sm" className="sm:hidden" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <ListFilterIcon aria-hidden />
        {isNarrowed ? "Filters (on)" : "Filters"}
      </Button>
      <div className={cn("grid gap-3 max-sm:mt-3 sm:grid-cols-2", gridClassName, !isOpen && "max-sm:hidden")}>{children}</div>
    </div>
  );
}
