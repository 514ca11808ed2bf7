"use client";

import { Switch as Root } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const Switch = ({ className, ...props }: ComponentProps<typeof Root.Root>) => (
  <Root.Root
    className={cn(
      "inline-flex h-5 w-9 shrink-0 items-center rounded-full border border-transparent bg-input transition-colors outline-none focus-visible:ring-[3px] focus-visible:ring-ring/50 disabled:opacity-50 data-[state=checked]:bg-primary",
      className,
    )}
    {...props}
  >
    <Root.Thumb className="block size-4 translate-x-0.5 rounded-full bg-white shadow transition-transform data-[state=checked]:translate-x-4" />
  </Root.Root>
);
