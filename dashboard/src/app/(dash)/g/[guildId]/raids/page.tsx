import { Suspense } from "react";
import { RowsSkeleton } from "@/components/ui/states";
import { RaidsPage } from "@/features/raids/raids-page";

export default function Page() {
  return (
    <Suspense fallback={<RowsSkeleton />}>
      <RaidsPage />
    </Suspense>
  );
}
