"use client";

import { useRouter } from "next/navigation";
import { useEffect, useEffectEvent, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { holdBack } from "@/lib/unsaved";
import { followBack, putStop } from "./stop-before-leaving";

type Leaving = { go: () => void; stay?: () => void };

/** Asks before a page is left on which something is unsaved: by a link, from code, by going back, or by closing the tab. */
export function LeaveGuard({ isDirty }: { isDirty: boolean }) {
  const router = useRouter();
  const [leaving, setLeaving] = useState<Leaving | null>(null);
  const onBack = useEffectEvent(() => (isDirty ? setLeaving({ go: () => history.back(), stay: () => history.forward() }) : history.back()));
  useEffect(() => followBack(onBack), []);
  useEffect(() => {
    if (!isDirty) return;
    putStop();
    const release = holdBack((leave) => setLeaving({ go: () => leave(true) }));
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    function catchLink(event: MouseEvent) {
      const link = (event.target as Element).closest?.("a[href]");
      const href = link?.getAttribute("href");
      if (!href?.startsWith("/") || link?.getAttribute("target") || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      setLeaving({ go: () => router.replace(href) });
    }
    window.addEventListener("beforeunload", warn);
    // Before Next's own handler, which would leave.
    document.addEventListener("click", catchLink, true);
    return () => {
      release();
      window.removeEventListener("beforeunload", warn);
      document.removeEventListener("click", catchLink, true);
    };
  }, [isDirty, router]);
  function stay() {
    leaving?.stay?.();
    setLeaving(null);
  }
  return (
    <Dialog isOpen={leaving !== null} onOpenChange={stay} title="Leave without saving?" description="What you changed here is lost then.">
      <div className="flex justify-end gap-2">
        <Button variant="outline" onClick={stay}>
          Stay
        </Button>
        <Button
          variant="destructive"
          onClick={() => {
            setLeaving(null);
            leaving?.go();
          }}
        >
          Leave
        </Button>
      </div>
    </Dialog>
  );
}
