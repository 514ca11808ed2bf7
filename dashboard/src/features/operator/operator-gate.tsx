"use client";

import { CompassIcon } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Empty, Loaded } from "@/components/ui/states";
import { useMe } from "@/hooks/use-me";

/** For everybody but the operator there is no such page; the API says the same. */
export function OperatorGate({ children }: { children: ReactNode }) {
  const me = useMe();
  return (
    <Loaded query={me}>
      {({ is_operator }) =>
        is_operator ? (
          children
        ) : (
          <Empty
            icon={CompassIcon}
            as="h1"
            title="There is nothing here"
            action={
              <Button asChild>
                <Link href="/servers">Your servers</Link>
              </Button>
            }
          />
        )
      }
    </Loaded>
  );
}
