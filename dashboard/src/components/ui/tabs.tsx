"use client";

import { Tabs as Root } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const Tabs = Root.Root;

export const TabsList = ({ className, ...props }: ComponentProps<typeof Root.List>) => (
  <Root.List className={cn("inline-flex h-9 max-w-full items-center overflow-x-auto rounded-lg bg-muted p-1", className)} {...props} />
);

export const TabsTrigger = ({ className, ...props }: ComponentProps<typeof Root.Trigger>) => (
  <Root.Trigger
    className={cn(
      "inline-flex h-7 items-center gap-1.5 rounded-md px-3 text-sm font-medium whitespace-nowrap text-muted-foreground outline-none focus-visible:ring-[3px] focus-visible:ring-ring/50 data-[state=active]:bg-background data-[state=active]:text-foreground data-[state=active]:shadow-xs",
      className,
    )}
    {...props}
  />
);

export const TabsContent = ({ className, ...props }: ComponentProps<typeof Root.Content>) => (
  <Root.Content className={cn("mt-4 outline-none", className)} {...props} />
);
