"use client";

import { useLayoutEffect, useRef, type ComponentProps } from "react";
import { cn } from "@/lib/cn";

/**
 * A table; on a phone each row is a stack of its cells, each with the name of its column in front.
 *
 * The roles are written out because browsers take them from a table that is laid out in another way.
 */
export function Table({ className, ...props }: ComponentProps<"table">) {
  const table = useRef<HTMLTableElement>(null);
  useLayoutEffect(() => {
    const names = [...(table.current?.tHead?.rows[0]?.cells ?? [])].map((head) => head.textContent ?? "");
    for (const body of table.current?.tBodies ?? [])
      for (const row of body.rows) names.forEach((name, index) => row.cells[index]?.setAttribute("data-column", name));
  });
  return (
    <div className="relative w-full overflow-x-auto" tabIndex={0} role="region" aria-label={props["aria-label"] ?? "Table"}>
      <table ref={table} role="table" className={cn("w-full text-sm max-md:block", className)} {...props} />
    </div>
  );
}

export const TableHead = ({ className, ...props }: ComponentProps<"thead">) => (
  <thead role="rowgroup" className={cn("border-b text-left text-xs text-muted-foreground max-md:sr-only", className)} {...props} />
);

export const TableBody = ({ className, ...props }: ComponentProps<"tbody">) => (
  <tbody role="rowgroup" className={cn("divide-y max-md:block", className)} {...props} />
);

export const TableRow = ({ className, ...props }: ComponentProps<"tr">) => (
  <tr role="row" className={cn("transition-colors hover:bg-muted/50 max-md:block max-md:py-2", className)} {...props} />
);

export const Th = ({ className, ...props }: ComponentProps<"th">) => (
  <th scope="col" role="columnheader" className={cn("h-10 px-4 font-medium whitespace-nowrap", className)} {...props} />
);

const STACKED =
  "max-md:relative max-md:block max-md:min-h-8 max-md:max-w-none max-md:py-1.5 max-md:pl-32 max-md:text-left max-md:empty:hidden " +
  "max-md:before:absolute max-md:before:left-4 max-md:before:w-26 max-md:before:font-sans max-md:before:text-xs max-md:before:leading-5 " +
  "max-md:before:text-muted-foreground max-md:before:content-[attr(data-column)]";

export const Td = ({ className, ...props }: ComponentProps<"td">) => (
  <td role="cell" className={cn("px-4 py-3 align-middle", STACKED, className)} {...props} />
);
