import { Suspense } from "react";
import { RowsSkeleton } from "@/components/ui/states";
import { ReportsPage } from "@/features/reports/reports-page";

export default function Page() {
  return (
    <Suspense fallback={<RowsSkeleton />}>
      <ReportsPage />
    </Suspense>
  );
}
