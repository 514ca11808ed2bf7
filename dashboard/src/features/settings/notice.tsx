import { InfoIcon } from "lucide-react";
import type { ReactNode } from "react";

/** A word above the form that one has to know. */
export const Notice = ({ children, action }: { children: ReactNode; action?: ReactNode }) => (
  <div role="status" className="flex flex-wrap items-center gap-3 rounded-lg border border-warning/30 bg-warning/10 p-3 text-sm">
    <InfoIcon className="size-4 shrink-0 text-warning" aria-hidden />
    <p className="min-w-0 flex-1 basis-64">{children}</p>
    {action}
  </div>
);
