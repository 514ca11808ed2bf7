"use client";

import { CircleAlertIcon } from "lucide-react";
import { useSearchParams } from "next/navigation";
import { $api } from "@/client";
import { Mark } from "@/components/mark";
import { Button } from "@/components/ui/button";
import { useTitle } from "@/hooks/use-title";
import { DevelopmentSignIn } from "./development-sign-in";
import { DiscordMark } from "./discord-mark";
import { problemText } from "./problems";

/** A path in printable ASCII without a backslash, as the API has it: browsers drop tabs and line ends, so "/\t/evil" is "//evil". */
const PATH = /^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/;

/** Only a path of this very site: anything else would lead people away with our name on it. */
export const safeNext = (next: string | null) => (next && PATH.test(next) ? next : "/servers");

export function SignIn() {
  const query = useSearchParams();
  useTitle("Sign in");
  const ways = $api.useQuery("get", "/api/v1/auth/ways").data;
  const problem = query.get("problem") ?? (ways && !ways.discord ? "not_set_up" : null);
  const next = safeNext(query.get("next"));
  return (
    <main className="grid min-h-dvh place-content-center p-6">
      <div className="w-full max-w-sm rounded-2xl border bg-card p-8 text-center shadow-sm">
        <Mark className="mx-auto size-12" />
        <h1 className="mt-5 text-xl font-semibold tracking-tight">Sign in to Guildbase</h1>
        <p className="mt-1 text-sm text-muted-foreground">Discord tells us who you are and which servers you are in, and nothing more.</p>
        {problem && (
          <p role="alert" className="mt-5 flex gap-2 rounded-lg border border-warning/30 bg-warning/10 p-3 text-left text-sm">
            <CircleAlertIcon className="mt-0.5 size-4 shrink-0 text-warning" aria-hidden />
            {problemText(problem)}
          </p>
        )}
        <Button asChild size="lg" className="mt-6 w-full">
          {/* The API answers this address with a redirect to Discord, so it is no page of ours. */}
          <a href={`/api/v1/auth/login?next=${encodeURIComponent(next)}`}>
            <DiscordMark className="size-5" />
            Continue with Discord
          </a>
        </Button>
        {ways?.development && <DevelopmentSignIn next={next} />}
      </div>
    </main>
  );
}
