"use client";

import { CircleAlertIcon } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/states";

/** A page that failed takes nothing else down: the menu stays. */
export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <div role="alert">
      <Empty
        icon={CircleAlertIcon}
        title="This page has failed"
        action={
          <div className="flex gap-2">
            <Button onClick={reset}>Try again</Button>
            <Button variant="outline" onClick={() => location.reload()}>
              Load it anew
            </Button>
          </div>
        }
      >
        {error.message || "Nobody expected this."} What you had saved is kept.
      </Empty>
    </div>
  );
}
