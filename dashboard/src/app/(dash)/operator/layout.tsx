import { Suspense, type ReactNode } from "react";
import { RowsSkeleton } from "@/components/ui/states";
import { OperatorGate } from "@/features/operator/operator-gate";

export default function OperatorLayout({ children }: { children: ReactNode }) {
  return (
    <OperatorGate>
      <Suspense fallback={<RowsSkeleton />}>{children}</Suspense>
    </OperatorGate>
  );
}
