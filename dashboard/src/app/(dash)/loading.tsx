import { Skeleton } from "@/components/ui/states";

export default function PageLoading() {
  return (
    <div role="status" aria-label="Loading">
      <Skeleton className="h-8 w-64" />
      <Skeleton className="mt-6 h-72" />
    </div>
  );
}
