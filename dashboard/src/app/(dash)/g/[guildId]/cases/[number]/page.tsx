import { Suspense } from "react";
import { RowsSkeleton } from "@/components/ui/states";
import { CasePage } from "@/features/cases/case-page";

/** One page stands for all cases; the browser reads the number from its address. */
export const generateStaticParams = () => [{ number: "_" }];

export default function Page() {
  return (
    <Suspense fallback={<RowsSkeleton />}>
      <CasePage />
    </Suspense>
  );
}
