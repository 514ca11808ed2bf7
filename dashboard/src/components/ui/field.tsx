"use client";

import { Label as LabelRoot } from "radix-ui";
import { useId, type ComponentProps, type ReactNode } from "react";
import { cn } from "@/lib/cn";

export const control =
  "w-full rounded-md border border-input bg-background px-3 text-sm shadow-xs transition-[color,box-shadow] outline-none placeholder:text-muted-foreground focus-visible:border-ring focus-visible:ring-[3px] focus-visible:ring-ring/50 disabled:cursor-not-allowed disabled:opacity-50 aria-invalid:border-destructive aria-invalid:ring-destructive/20";

export const Input = ({ className, ...props }: ComponentProps<"input">) => (
  <input className={cn(control, "h-9", className)} {...props} />
);

export const Textarea = ({ className, ...props }: ComponentProps<"textarea">) => (
  <textarea className={cn(control, "min-h-20 py-2", className)} {...props} />
);

export const Label = ({ className, ...props }: ComponentProps<typeof LabelRoot.Root>) => (
  <LabelRoot.Root className={cn("text-sm font-medium", className)} {...props} />
);

export type Aria = { id: string; "aria-invalid"?: boolean; "aria-describedby"?: string };

/** A label, a control, a word of help and what is wrong with the value, tied together for screen readers. */
export function Field({
  label,
  hint,
  error,
  isInline,
  isRow,
  className,
  children,
}: {
  label: ReactNode;
  hint?: ReactNode;
  error?: string;
  isInline?: boolean;
  /** A label on the left and a control of the same width in each row on the right, where there is room. */
  isRow?: boolean;
  className?: string;
  children: (aria: Aria) => ReactNode;
}) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
  const isBeside = isInline || isRow;
  const aria: Aria = { id, "aria-invalid": error ? true : undefined, "aria-describedby": described };
  return (
    <div className={cn(isInline ? "flex items-center justify-between gap-6" : "grid gap-1.5", isRow && "grid-cols-[minmax(0,2fr)_minmax(0,3fr)] items-center gap-4", className)}>
      <div className="grid gap-0.5">
        <Label htmlFor={id}>{label}</Label>
        {isBeside && hint && <Hint id={id}>{hint}</Hint>}
        {isBeside && error && <FieldError id={id}>{error}</FieldError>}
      </div>
      {children(aria)}
      {!isBeside && hint && <Hint id={id}>{hint}</Hint>}
      {!isBeside && error && <FieldError id={id}>{error}</FieldError>}
    </div>
  );
}

const Hint = ({ id, children }: { id: string; children: ReactNode }) => (
  <p id={`${id}-hint`} className="text-xs text-muted-foreground">
    {children}
  </p>
);

const FieldError = ({ id, children }: { id: string; children: ReactNode }) => (
  <p id={`${id}-error`} role="alert" className="text-xs text-destructive">
    {children}
  </p>
);
