"use client";

import { Popover as Root } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const Popover = Root.Root;
export const PopoverTrigger = Root.Trigger;

export const PopoverContent = ({ className, ...props }: ComponentProps<typeof Root.Content>) => (
  <Root.Portal>
    <Root.Content
      sideOffset={4}
      align="start"
      className={cn(
        "z-50 rounded-lg border bg-popover text-popover-foreground shadow-lg outline-none data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-95",
        className,
      )}
      {...props}
    />
  </Root.Portal>
);
