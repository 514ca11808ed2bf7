"use client";

import { Tooltip as Root } from "radix-ui";
import type { ReactNode } from "react";

export const TooltipProvider = Root.Provider;

/** A short word on a control; nothing that one must read stands only here. */
export const Tooltip = ({ text, children }: { text: string; children: ReactNode }) => (
  <Root.Root>
    <Root.Trigger asChild>{children}</Root.Trigger>
    <Root.Portal>
      <Root.Content
        sideOffset={4}
        className="z-50 max-w-64 rounded-md bg-foreground px-2.5 py-1.5 text-xs text-background animate-in fade-in-0"
      >
        {text}
      </Root.Content>
    </Root.Portal>
  </Root.Root>
);
