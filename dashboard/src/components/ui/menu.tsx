"use client";

import { DropdownMenu as Root } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

export const Menu = Root.Root;
export const MenuTrigger = Root.Trigger;

export const MenuContent = ({ className, ...props }: ComponentProps<typeof Root.Content>) => (
  <Root.Portal>
    <Root.Content
      sideOffset={6}
      className={cn(
        "z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-44 overflow-y-auto rounded-lg border bg-popover p-1 text-popover-foreground shadow-lg data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-95",
        className,
      )}
      {...props}
    />
  </Root.Portal>
);

export const MenuItem = ({ className, ...props }: ComponentProps<typeof Root.Item>) => (
  <Root.Item
    className={cn(
      "flex cursor-default items-center gap-2 rounded-md px-2 py-1.5 text-sm outline-none select-none data-disabled:opacity-50 data-highlighted:bg-accent [&_svg]:size-4 [&_svg]:opacity-70",
      className,
    )}
    {...props}
  />
);

export const MenuLabel = ({ className, ...props }: ComponentProps<typeof Root.Label>) => (
  <Root.Label className={cn("px-2 py-1.5 text-xs font-medium text-muted-foreground", className)} {...props} />
);

export const MenuSeparator = () => <Root.Separator className="-mx-1 my-1 h-px bg-border" />;
