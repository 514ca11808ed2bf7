"use client";

import { AlertTriangleIcon, SearchXIcon, type LucideIcon } from "lucide-react";
import type { ComponentProps, ReactNode } from "react";
import { told, type Problem } from "@/client";
import { cn } from "@/lib/cn";
import { Button } from "./button";

export const Skeleton = ({ className, ...props }: ComponentProps<"div">) => (
  <div aria-hidden className={cn("animate-pulse rounded-md bg-muted", className)} {...props} />
);

/** What stands where a list will be, while it loads. */
export const RowsSkeleton = ({ rows = 6 }: { rows?: number }) => (
  <div className="grid gap-2 p-4" role="status" aria-label="Loading">
    {Array.from({ length: rows }, (_, row) => (
      <Skeleton key={row} className="h-10" />
    ))}
  </div>
);

type EmptyProps = { icon: LucideIcon; title: string; as?: "p" | "h1"; children?: ReactNode; action?: ReactNode };

/** An empty list says what would stand here and what to do next; `as="h1"` where it stands for a whole page. */
export const Empty = ({ icon: Icon, title, as: Title = "p", children, action }: EmptyProps) => (
  <div className="flex flex-col items-center gap-2 px-6 py-14 text-center">
    <div className="grid size-12 place-content-center rounded-full bg-muted">
      <Icon className="size-5 text-muted-foreground" aria-hidden />
    </div>
    <Title className="mt-2 font-medium">{title}</Title>
    {children && <div className="max-w-md text-sm text-balance text-muted-foreground">{children}</div>}
    {action && <div className="mt-3">{action}</div>}
  </div>
);

/** Something could not be loaded: what happened, and a way to try again unless there is no such thing. */
export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const isMissing = (error as Partial<Problem> | null)?.status === 404;
  const Icon = isMissing ? SearchXIcon : AlertTriangleIcon;
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-6 py-14 text-center">
      <Icon className={cn("size-6", isMissing ? "text-muted-foreground" : "text-warning")} aria-hidden />
      <p className="max-w-md text-sm text-balance">
        {told(error)
          .split("`")
          .map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part))}
      </p>
      {onRetry && !isMissing && (
        <Button variant="outline" size="sm" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

type Query<Data> = { data: Data | undefined; error: unknown; isPending: boolean; refetch: () => unknown };

/** Shows a query's data, or what stands for it while it loads or when it has failed. */
export function Loaded<Data>({
  query,
  skeleton = <RowsSkeleton />,
  children,
}: {
  query: Query<Data>;
  skeleton?: ReactNode;
  children: (data: Data) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <Failed error={query.error} onRetry={() => void query.refetch()} />;
  return skeleton;
}
