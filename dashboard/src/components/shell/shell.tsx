"use client";

import { use, type ReactNode } from "react";
import { browser } from "react-dom";
import { Failed, Skeleton } from "@/components/ui/states";
import { useLive } from "@/hooks/use-live";
import { useMe } from "@/hooks/use-me";
import { useRights } from "@/hooks/use-rights";
import { ConnectionNotice } from "./connection-notice";
import { Header } from "./header";
import { Sidebar } from "./sidebar";
import { useGuildOfAddress } from "./use-menu";

/** The frame of all pages behind the sign-in. */
export function Shell({ children }: { children: ReactNode }) {
  use(browser("Menu and pages depend on the address bar and on who is signed in."));
  const me = useMe();
  const guildId = useGuildOfAddress();
  useLive(useRights().hasAny ? guildId : undefined);
  if (me.error && !me.data)
    return (
      <main className="grid min-h-dvh place-content-center">
        <ConnectionNotice />
        <Failed error={me.error} onRetry={() => void me.refetch()} />
      </main>
    );
  // Without an answer nobody knows yet whether anybody is signed in.
  if (!me.data) return <ShellSkeleton />;
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[16rem_minmax(0,1fr)]">
      <ConnectionNotice />
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-primary focus:px-3 focus:py-2 focus:text-primary-foreground"
      >
        Skip to the content
      </a>
      <aside className="sticky top-0 hidden h-dvh border-r bg-sidebar p-3 md:block">
        <Sidebar />
      </aside>
      <div className="min-w-0">
        <Header />
        <main id="main" tabIndex={-1} className="mx-auto w-full max-w-6xl p-4 outline-none md:p-8">
          {children}
        </main>
      </div>
    </div>
  );
}

export const ShellSkeleton = () => (
  <div className="min-h-dvh md:grid md:grid-cols-[16rem_minmax(0,1fr)]" aria-busy="true">
    <div className="hidden border-r bg-sidebar p-3 md:block">
      <Skeleton className="h-8 w-32" />
      <Skeleton className="mt-3 h-11" />
      <Skeleton className="mt-6 h-64" />
    </div>
    <div>
      <div className="h-14 border-b" />
      <div className="mx-auto w-full max-w-6xl p-4 md:p-8">
        <Skeleton className="h-8 w-64" />
        <Skeleton className="mt-6 h-72" />
      </div>
    </div>
  </div>
);
