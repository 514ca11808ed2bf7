import { Suspense, type ReactNode } from "react";
import { Shell, ShellSkeleton } from "@/components/shell/shell";

export default function SignedInLayout({ children }: { children: ReactNode }) {
  return (
    <Suspense fallback={<ShellSkeleton />}>
      <Shell>{children}</Shell>
    </Suspense>
  );
}
