"use client";

import { CompassIcon } from "lucide-react";
import Link from "next/link";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/states";

export default function NotFound() {
  return (
    <main className="grid min-h-dvh place-content-center">
      <Empty
        icon={CompassIcon}
        as="h1"
        title="There is no such page"
        action={
          <Button asChild>
            <Link href="/servers">Your servers</Link>
          </Button>
        }
      >
        The address may be mistyped, or what stood here is gone.
      </Empty>
    </main>
  );
}
