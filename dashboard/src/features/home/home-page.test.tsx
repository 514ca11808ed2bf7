import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { HomePage } from "./home-page";

const GUILD = "1128754567890123457";
const RIGHTS = ["view_settings", "view_cases", "view_audit"];

vi.mock("next/navigation", () => ({ usePathname: () => `/g/${GUILD}` }));
afterEach(() => vi.unstubAllGlobals());

test("all that the page shows is asked for without waiting for the overview", async () => {
  const asked = new Set<string>();
  vi.stubGlobal("fetch", (request: Request) => {
    const path = new URL(request.url).pathname;
    asked.add(path.split("/").at(-1)!);
    if (!path.endsWith("/guilds")) return new Promise(() => undefined);
    const guild = { id: GUILD, name: "Harbour", icon_url: null, is_bot_here: true, rights: RIGHTS };
    return Promise.resolve(Response.json({ guilds: [guild], invite_url: null }));
  });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <HomePage />
    </QueryClientProvider>,
  );
  await waitFor(() => expect([...asked].sort()).toEqual(["audit", "cases", "guilds", "modules", "overview", "reports", "tickets"]));
});
