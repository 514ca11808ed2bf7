import { Suspense } from "react";
import { RowsSkeleton } from "@/components/ui/states";
import { CaseSetupPage } from "@/features/cases/setup-page";

export default function Page() {
  return (
    <Suspense fallback={<RowsSkeleton />}>
      <CaseSetupPage />
    </Suspense>
  );
}
