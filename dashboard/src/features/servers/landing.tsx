"use client";

import { HistoryIcon, ShieldCheckIcon, SlidersHorizontalIcon } from "lucide-react";
import Link from "next/link";
import { Mark } from "@/components/mark";
import { ThemeToggle } from "@/components/shell/theme-toggle";
import { Button } from "@/components/ui/button";

const POINTS = [
  { icon: SlidersHorizontalIcon, title: "Set it up in the browser", text: "Every setting with a picker, a preview and a word on what it does." },
  { icon: ShieldCheckIcon, title: "Moderate with a memory", text: "Cases, reports, rules and tickets of your server in one place." },
  { icon: HistoryIcon, title: "Nothing is lost", text: "Each change has an author and a reason, and can be taken back." },
];

/** The first page: what this is, and the way in. */
export function Landing() {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="mx-auto flex w-full max-w-5xl items-center justify-between p-4">
        <span className="flex items-center gap-2 font-semibold tracking-tight">
          <Mark className="size-7" />
          Guildbase
        </span>
        <ThemeToggle />
      </header>
      <main className="mx-auto flex w-full max-w-5xl flex-1 flex-col justify-center gap-14 px-4 py-12">
        <div className="max-w-2xl">
          <h1 className="text-4xl font-semibold tracking-tight text-balance md:text-5xl">Your Discord server, in good hands.</h1>
          <p className="mt-4 text-lg text-muted-foreground">Manage the bot of your server: its modules, its rules and who may do what.</p>
          <Button asChild size="lg" className="mt-8">
            <Link href="/servers">Open the dashboard</Link>
          </Button>
        </div>
        <ul className="grid gap-6 md:grid-cols-3">
          {POINTS.map(({ icon: Icon, title, text }) => (
            <li key={title} className="rounded-xl border bg-card p-5">
              <Icon className="size-5 text-primary" aria-hidden />
              <h2 className="mt-3 font-medium">{title}</h2>
              <p className="mt-1 text-sm text-muted-foreground">{text}</p>
            </li>
          ))}
        </ul>
      </main>
    </div>
  );
}
