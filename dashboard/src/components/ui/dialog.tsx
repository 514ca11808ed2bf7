"use client";

import { XIcon } from "lucide-react";
import { AlertDialog, Dialog as Root } from "radix-ui";
import { useState, type ReactNode } from "react";
import { cn } from "@/lib/cn";
import { Button } from "./button";

const scrim = "fixed inset-0 z-50 bg-black/60 data-[state=open]:animate-in data-[state=open]:fade-in-0";
const panel =
  "fixed top-1/2 left-1/2 z-50 max-h-[calc(100dvh-2rem)] w-[calc(100%-2rem)] -translate-x-1/2 -translate-y-1/2 overflow-y-auto rounded-xl border bg-popover p-6 text-popover-foreground shadow-xl data-[state=open]:animate-in data-[state=open]:fade-in-0 data-[state=open]:zoom-in-95";

/** Whoever answers a toast or a notice still writes in the dialog. */
const keepForNotices = (event: Event) => {
  if ((event.target as Element).closest("[data-notice], [data-sonner-toaster]")) event.preventDefault();
};

type DialogProps = {
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  title: string;
  description?: string;
  className?: string;
  children: ReactNode;
};

export function Dialog({ isOpen, onOpenChange, title, description, className, children }: DialogProps) {
  return (
    <Root.Root open={isOpen} onOpenChange={onOpenChange}>
      <Root.Portal>
        <Root.Overlay className={scrim} />
        <Root.Content onInteractOutside={keepForNotices} className={cn(panel, "max-w-lg", className)} {...(!description && { "aria-describedby": undefined })}>
          <Root.Title className="pr-8 text-lg font-semibold tracking-tight">{title}</Root.Title>
          {description && <Root.Description className="mt-1 text-sm text-muted-foreground">{description}</Root.Description>}
          <div className="mt-4">{children}</div>
          <Root.Close asChild>
            <Button variant="ghost" size="icon-sm" className="absolute top-4 right-4" aria-label="Close">
              <XIcon aria-hidden />
            </Button>
          </Root.Close>
        </Root.Content>
      </Root.Portal>
    </Root.Root>
  );
}

/** A panel from the side: the menu on phones (left), and details of a row (right). */
export function Sheet({ isOpen, onOpenChange, title, side = "right", className, children }: DialogProps & { side?: "left" | "right" }) {
  return (
    <Root.Root open={isOpen} onOpenChange={onOpenChange}>
      <Root.Portal>
        <Root.Overlay className={scrim} />
        <Root.Content
          aria-describedby={undefined}
          onInteractOutside={keepForNotices}
          className={cn(
            "fixed inset-y-0 z-50 w-[min(30rem,calc(100%-3rem))] overflow-y-auto bg-popover p-5 text-popover-foreground shadow-xl data-[state=open]:animate-in",
            side === "left"
              ? "left-0 w-72 border-r bg-sidebar p-3 data-[state=open]:slide-in-from-left"
              : "right-0 border-l data-[state=open]:slide-in-from-right",
            className,
          )}
        >
          <Root.Title className={side === "left" ? "sr-only" : "mb-4 pr-8 text-lg font-semibold"}>{title}</Root.Title>
          {children}
          <Root.Close asChild>
            <Button variant="ghost" size="icon-sm" className="absolute top-4 right-4" aria-label="Close">
              <XIcon aria-hidden />
            </Button>
          </Root.Close>
        </Root.Content>
      </Root.Portal>
    </Root.Root>
  );
}

type ConfirmProps = {
  /** What one presses for it; without one, `isOpen` and `onOpenChange` say when it asks, such as from a menu. */
  trigger?: ReactNode;
  isOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
  title: string;
  body: ReactNode;
  action: string;
  isDestructive?: boolean;
  onConfirm: () => Promise<unknown> | void;
};

/** Asks before something that cannot be taken back; it stays open until the answer of the server is there. */
export function Confirm({ trigger, title, body, action, isDestructive = true, onConfirm, ...controlled }: ConfirmProps) {
  const [isOwnOpen, setOwnOpen] = useState(false);
  const isOpen = controlled.isOpen ?? isOwnOpen;
  const setOpen = controlled.onOpenChange ?? setOwnOpen;
  const [isBusy, setBusy] = useState(false);
  async function confirm() {
    setBusy(true);
    try {
      await onConfirm();
      setOpen(false);
    } catch {
      // Whoever made the request has told what went wrong; the question stays, so that it can be tried again.
    } finally {
      setBusy(false);
    }
  }
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={(next) => !isBusy && setOpen(next)}>
      {trigger && <AlertDialog.Trigger asChild>{trigger}</AlertDialog.Trigger>}
      <AlertDialog.Portal>
        <AlertDialog.Overlay className={scrim} />
        <AlertDialog.Content className={cn(panel, "max-w-md")}>
          <AlertDialog.Title className="font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-2 text-sm text-muted-foreground">{body}</div>
          </AlertDialog.Description>
          <div className="mt-6 flex justify-end gap-2">
            <AlertDialog.Cancel asChild>
              <Button variant="outline" disabled={isBusy}>
                Cancel
              </Button>
            </AlertDialog.Cancel>
            <Button variant={isDestructive ? "destructive" : "default"} isBusy={isBusy} onClick={() => void confirm()}>
              {action}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
