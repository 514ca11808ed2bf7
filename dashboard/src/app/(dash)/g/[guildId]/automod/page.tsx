import { Suspense } from "react";
import { RowsSkeleton } from "@/components/ui/states";
import { AutomodPage } from "@/features/automod/automod-page";

export default function Page() {
  return (
    <Suspense fallback={<RowsSkeleton />}>
      <AutomodPage />
    </Suspense>
  );
}
