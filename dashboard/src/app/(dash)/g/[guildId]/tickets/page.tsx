import { Suspense } from "react";
import { RowsSkeleton } from "@/components/ui/states";
import { TicketsPage } from "@/features/tickets/tickets-page";

export default function Tickets() {
  return (
    <Suspense fallback={<RowsSkeleton />}>
      <TicketsPage />
    </Suspense>
  );
}
