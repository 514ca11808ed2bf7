"use client";

import { useQueryClient } from "@tanstack/react-query";
import { LogInIcon, WifiOffIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { report, useConnection } from "@/lib/connection";

const AGAIN = 5_000;

/** Says that the API cannot be reached or that the login has ended, and goes away by itself when that is over. */
export function ConnectionNotice() {
  const connection = useConnection();
  const [isBusy, setBusy] = useState(false);
  const queries = useQueryClient();
  const isCut = connection !== "open";
  const isOut = connection === "signed_out";
  useEffect(() => {
    if (!isCut) return;
    const look = () => void lookAgain();
    // Who is signed out comes back from another tab, and need not be asked for.
    const timer = isOut ? undefined : setInterval(look, AGAIN);
    window.addEventListener("focus", look);
    return () => {
      clearInterval(timer);
      window.removeEventListener("focus", look);
    };
  }, [isCut, isOut]);
  useEffect(() => {
    // What was asked for meanwhile has failed.
    if (isCut) return () => void queries.invalidateQueries();
  }, [isCut, queries]);
  if (!isCut) return null;
  async function tryAgain() {
    setBusy(true);
    await lookAgain();
    setBusy(false);
  }
  const Icon = isOut ? LogInIcon : WifiOffIcon;
  return (
    <div
      role="alert"
      aria-live="assertive"
      data-notice
      className="pointer-events-auto fixed inset-x-4 top-16 z-60 md:top-1 mx-auto flex w-fit items-center gap-4 rounded-xl border border-warning/40 bg-popover px-4 py-2 text-sm shadow-lg animate-in fade-in-0 slide-in-from-top-2"
    >
      <p className="flex items-center gap-2">
        <Icon className="size-4 shrink-0 text-warning" aria-hidden />
        {isOut ? "You are signed out. What you wrote stays here: sign in, then go on." : "Guildbase cannot be reached. It is tried again all the time."}
      </p>
      {isOut ? (
        <Button asChild size="sm">
          <a href="/login" target="_blank">
            Sign in
          </a>
        </Button>
      ) : (
        <Button size="sm" variant="outline" isBusy={isBusy} onClick={() => void tryAgain()}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Not by the client, which would lead to the sign-in. */
async function lookAgain() {
  try {
    const { ok, status } = await fetch("/api/v1/auth/me", { cache: "no-store" });
    if (ok) report("open");
    else if (status === 401) report("signed_out");
  } catch {
    report("unreachable");
  }
}
