import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const Card = ({ className, ...props }: ComponentProps<"section">) => (
  <section className={cn("rounded-xl border bg-card text-card-foreground shadow-xs", className)} {...props} />
);

export const CardHeader = ({ className, ...props }: ComponentProps<"header">) => (
  <header className={cn("flex flex-col gap-1 px-5 pt-5", className)} {...props} />
);

export const CardTitle = ({ className, ...props }: ComponentProps<"h2">) => (
  <h2 className={cn("font-semibold tracking-tight", className)} {...props} />
);

export const CardDescription = ({ className, ...props }: ComponentProps<"p">) => (
  <p className={cn("text-sm text-muted-foreground", className)} {...props} />
);

export const CardContent = ({ className, ...props }: ComponentProps<"div">) => (
  <div className={cn("p-5", className)} {...props} />
);
