import createClient, { type Middleware } from "openapi-fetch";
import createQueryApi from "openapi-react-query";
import { report } from "@/lib/connection";
import { isWriting } from "@/lib/unsaved";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

const SAFE = new Set(["GET", "HEAD"]);
let csrf: Promise<string> | undefined;

async function askForToken(): Promise<string> {
  const answer = await fetch("/api/v1/auth/me");
  if (answer.status === 401) signedOut(false);
  if (!answer.ok) throw new Error("You are not signed in.");
  return ((await answer.json()) as Schemas["Me"]).csrf_token;
}

/** Forget the token against forged requests, which belongs to one login. */
export const forgetToken = () => {
  csrf = undefined;
};

const guard: Middleware = {
  async onRequest({ request }) {
    if (SAFE.has(request.method)) return request;
    csrf ??= askForToken().catch((error: unknown) => {
      forgetToken();
      throw error;
    });
    request.headers.set("X-CSRF-Token", await csrf);
    return request;
  },
  onResponse({ request, response }) {
    if (response.status === 401) signedOut(SAFE.has(request.method) && !isWriting());
    // A proxy says so in place of an API that does not run; the API itself tells a problem.
    else report([502, 503, 504].includes(response.status) && !response.headers.get("content-type")?.includes("json") ? "unreachable" : "open");
  },
  onError({ error }) {
    if (error instanceof TypeError) report("unreachable");
  },
};

/** Go to the sign-in; who is writing something is told instead, so that they can sign in elsewhere and lose nothing. */
function signedOut(mayLeave: boolean) {
  if (typeof window === "undefined" || location.pathname.startsWith("/login")) return;
  forgetToken();
  if (!mayLeave) return report("signed_out");
  // A new document, so that nothing that was loaded for this person stays in memory.
  // eslint-disable-next-line @next/next/no-location-assign-relative-destination
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** The API, typed by its OpenAPI document; errors come as `Problem`. */
export const client = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "" : location.origin,
  credentials: "same-origin",
  fetch: (request) => globalThis.fetch(request),
});
client.use(guard);

/** The same as hooks of TanStack Query. */
export const $api = createQueryApi(client);

/** A key that makes a write happen once, however often it is sent. */
export const once = () => ({ "Idempotency-Key": crypto.randomUUID() });

/** What to tell people of anything that went wrong. */
export function told(error: unknown): string {
  const problem = error as Partial<Problem> | undefined;
  if (problem?.detail) return [problem.detail, problem.hint].filter(Boolean).join(" ");
  if (error instanceof TypeError) return "Guildbase does not answer. Look whether it runs, then try again.";
  return error instanceof Error ? error.message : "Something went wrong. Try again.";
}
