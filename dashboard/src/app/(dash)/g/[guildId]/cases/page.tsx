import { Suspense } from "react";
import { RowsSkeleton } from "@/components/ui/states";
import { CasesPage } from "@/features/cases/cases-page";

export default function Page() {
  return (
    <Suspense fallback={<RowsSkeleton />}>
      <CasesPage />
    </Suspense>
  );
}
