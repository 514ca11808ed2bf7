import { Suspense } from "react";
import { RowsSkeleton } from "@/components/ui/states";
import { AuditPage } from "@/features/audit/audit-page";

export default function Audit() {
  return (
    <Suspense fallback={<RowsSkeleton />}>
      <AuditPage />
    </Suspense>
  );
}
