"use client";

import { CheckIcon } from "lucide-react";
import { Checkbox as Root } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const Checkbox = ({ className, ...props }: ComponentProps<typeof Root.Root>) => (
  <Root.Root
    className={cn(
      "size-4 shrink-0 rounded border border-input bg-background shadow-xs outline-none focus-visible:ring-[3px] focus-visible:ring-ring/50 disabled:opacity-50 data-[state=checked]:border-primary data-[state=checked]:bg-primary data-[state=checked]:text-primary-foreground",
      className,
    )}
    {...props}
  >
    <Root.Indicator className="grid place-content-center">
      <CheckIcon className="size-3.5" aria-hidden />
    </Root.Indicator>
  </Root.Root>
);
