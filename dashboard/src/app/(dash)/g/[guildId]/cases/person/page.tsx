import { Suspense } from "react";
import { RowsSkeleton } from "@/components/ui/states";
import { PersonPage } from "@/features/cases/person-page";

export default function Page() {
  return (
    <Suspense fallback={<RowsSkeleton />}>
      <PersonPage />
    </Suspense>
  );
}
