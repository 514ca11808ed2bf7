import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** A table that scrolls sideways on a phone instead of breaking the page. */
export const Table = ({ className, ...props }: ComponentProps<"table">) => (
  <div className="relative w-full overflow-x-auto" tabIndex={0} role="region" aria-label={props["aria-label"] ?? "Table"}>
    <table className={cn("w-full text-sm", className)} {...props} />
  </div>
);

export const TableHead = ({ className, ...props }: ComponentProps<"thead">) => (
  <thead className={cn("border-b text-left text-xs text-muted-foreground", className)} {...props} />
);

export const TableBody = ({ className, ...props }: ComponentProps<"tbody">) => (
  <tbody className={cn("divide-y", className)} {...props} />
);

export const TableRow = ({ className, ...props }: ComponentProps<"tr">) => (
  <tr className={cn("transition-colors hover:bg-muted/50", className)} {...props} />
);

export const Th = ({ className, ...props }: ComponentProps<"th">) => (
  <th scope="col" className={cn("h-10 px-4 font-medium whitespace-nowrap", className)} {...props} />
);

export const Td = ({ className, ...props }: ComponentProps<"td">) => (
  <td className={cn("px-4 py-3 align-middle", className)} {...props} />
);
