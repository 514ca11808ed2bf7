import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import type { Schemas } from "@/client";
import type { JsonSchema } from "./schema";
import { SettingsForm } from "./settings-form";

const GUILD = "1128754567890123457";
const CHANNEL = "1128754567890123458";
const ROLE = "1128754567890123459";

vi.mock("next/navigation", () => ({ usePathname: () => `/g/${GUILD}/settings/greeter`, useRouter: () => ({ push: vi.fn() }) }));

const schema: JsonSchema = {
  type: "object",
  $defs: { Mode: { type: "string", enum: ["quiet", "loud"] } },
  properties: {
    is_on: { type: "boolean", default: true, description: "Whether anybody is greeted.", "x-kind": "bool" },
    text: { type: "string", maxLength: 500, default: "", description: "What newcomers read.", "x-kind": "text" },
    count: { type: "integer", minimum: 1, maximum: 7, default: 3, "x-kind": "integer" },
    mode: { $ref: "#/$defs/Mode", default: "quiet", "x-kind": "choice" },
    colour: { type: "integer", minimum: 0, maximum: 0xffffff, default: 0, "x-kind": "colour" },
    wait: { anyOf: [{ type: "string", examples: ["1d 2h 30m"] }, { type: "null" }], default: null, "x-kind": "duration" },
    channel: { anyOf: [{ type: "string", format: "channel", pattern: "^[0-9]{17,20}$" }, { type: "null" }], default: null, "x-kind": "channel" },
    roles: { type: "array", items: { type: "string", format: "role", pattern: "^[0-9]{17,20}$" }, default: [], "x-kind": "role" },
    words: { type: "array", items: { type: "string", minLength: 2 }, maxItems: 3, default: [], "x-kind": "text" },
    told: { type: "array", items: { $ref: "#/$defs/Mode" }, default: [], "x-kind": "choice" },
    answers: { type: "object", additionalProperties: { type: "string", minLength: 1 }, propertyNames: { maxLength: 20 }, default: {}, "x-kind": "other" },
    place: { type: "object", properties: { x: { type: "number" }, is_deep: { type: "boolean" } }, default: { x: 0, is_deep: false }, "x-kind": "other" },
  },
};

const values = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, property]) => [key, property.default]));
const settings: Schemas["SettingsOut"] = { feature: "greeter", version: 4, values, is_set: [], ignored: {}, obstacle: "" };

let sent: { method: string; body: unknown }[];
let answer: () => Response;

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

beforeEach(() => {
  sent = [];
  answer = () => json({ feature: "greeter", version: 5, changed: ["text"] });
  vi.stubGlobal("fetch", async (request: Request | string) => {
    const url = typeof request === "string" ? request : request.url;
    if (url.endsWith("/auth/me")) return json({ user: { id: "1", username: "mara", name: "Mara", avatar_url: null }, csrf_token: "t", is_operator: false, version: "1" });
    if (url.endsWith("/guilds")) return json({ guilds: [{ id: GUILD, name: "Home", icon_url: null, is_bot_here: true, rights: ["edit_settings", "view_settings"] }], invite_url: "" });
    if (url.endsWith("/live"))
      return json({
        id: GUILD,
        name: "Home",
        icon_url: null,
        member_count: 2,
        channels: [{ id: CHANNEL, name: "welcome", kind: "text", category_id: null }],
        roles: [{ id: ROLE, name: "Helper", position: 2, is_managed: false, colour: 0xff0000 }],
      });
    sent.push({ method: (request as Request).method, body: await (request as Request).json() });
    return answer();
  });
});

async function open(changed: Partial<Schemas["SettingsOut"]> = {}) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const reload = vi.fn(async () => {});
  const shown = (current: Schemas["SettingsOut"]) => (
    <QueryClientProvider client={queries}>
      <SettingsForm schema={schema} current={current} onReload={reload} />
    </QueryClientProvider>
  );
  const view = render(shown({ ...settings, ...changed }));
  await waitFor(() => expect(screen.queryByText(/You may look at these settings/)).toBeNull());
  return { user: userEvent.setup(), reload, rerender: (current: Schemas["SettingsOut"]) => view.rerender(shown(current)) };
}

async function save(user: ReturnType<typeof userEvent.setup>) {
  await user.click(screen.getByRole("button", { name: "Review and save" }));
  const dialog = await screen.findByRole("dialog", { name: "Save these changes?" });
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
}

const changesSent = () => (sent[0]?.body as { changes: unknown }).changes;

test("only what was touched is sent, with the version that was seen and the reason", async () => {
  const { user } = await open();
  await user.type(screen.getByLabelText("Text"), "Hello");
  await user.clear(screen.getByLabelText("Count"));
  await user.type(screen.getByLabelText("Count"), "5");
  await user.click(screen.getByLabelText("On"));
  await user.click(screen.getByRole("button", { name: "Review and save" }));
  const dialog = await screen.findByRole("dialog", { name: "Save these changes?" });
  expect(within(dialog).getByText("Hello")).toBeInTheDocument();
  await user.type(within(dialog).getByLabelText("Reason"), "Spring");
  await user.click(within(dialog).getByRole("button", { name: "Save" }));
  await waitFor(() => expect(sent).toEqual([{ method: "PATCH", body: { changes: { text: "Hello", count: 5, is_on: false }, version: 4, reason: "Spring" } }]));
});

test("roles and channels are picked by name and sent as text ids", async () => {
  const { user } = await open();
  await user.click(screen.getByLabelText("Channel"));
  await user.click(await screen.findByRole("option", { name: /welcome/ }));
  await user.click(screen.getByLabelText("Roles"));
  await user.click(await screen.findByRole("option", { name: /Helper/ }));
  await user.keyboard("{Escape}");
  await save(user);
  await waitFor(() => expect(changesSent()).toEqual({ channel: CHANNEL, roles: [ROLE] }));
});

test("lists, ticks, tables by name, nested values, colours and durations are edited", async () => {
  const { user } = await open();
  const part = (name: string) => within(document.querySelector<HTMLElement>(`[data-setting=${name}]`)!);
  await user.click(part("words").getByRole("button", { name: "Add" }));
  await user.type(part("words").getByLabelText("Entry 1"), "hey");
  await user.click(part("told").getByRole("checkbox", { name: "Loud" }));
  await user.type(part("answers").getByLabelText("Name of a new entry"), "rules{Enter}");
  await user.type(part("answers").getByLabelText("rules"), "Be kind");
  await user.click(part("place").getByLabelText("Deep"));
  await user.type(part("wait").getByLabelText("Wait"), "2h");
  await save(user);
  await waitFor(() =>
    expect(changesSent()).toEqual({ words: ["hey"], told: ["loud"], answers: { rules: "Be kind" }, place: { x: 0, is_deep: true }, wait: "2h" }),
  );
});

test("what is wrong is said at the field, also in a list, and cannot be saved", async () => {
  const { user } = await open();
  await user.clear(screen.getByLabelText("Count"));
  await user.type(screen.getByLabelText("Count"), "9");
  expect(screen.getByText("At most 7.")).toBeInTheDocument();
  const words = within(document.querySelector<HTMLElement>("[data-setting=words]")!);
  await user.click(words.getByRole("button", { name: "Add" }));
  await user.type(words.getByLabelText("Entry 1"), "a");
  expect(words.getByText("At least 2 characters.")).toBeInTheDocument();
  expect(words.getByLabelText("Entry 1")).toHaveAttribute("aria-invalid", "true");
  expect(screen.getByRole("button", { name: "Review and save" })).toBeDisabled();
});

test("what only the API finds wrong stands at the field till it is changed", async () => {
  answer = () => json({ status: 422, detail: "Values are wrong.", hint: "", code: "invalid_input", problems: { text: "It names nobody." } }, 422);
  const { user } = await open();
  await user.type(screen.getByLabelText("Text"), "Hi");
  await save(user);
  expect(await screen.findByText("It names nobody.")).toBeInTheDocument();
  await user.type(screen.getByLabelText("Text"), " you");
  expect(screen.queryByText("It names nobody.")).toBeNull();
});

test("a change by somebody else is shown and must be looked at before saving", async () => {
  answer = () => json({ status: 409, detail: "Mara changed it.", hint: "", code: "settings_changed", problems: {} }, 409);
  const { user, reload, rerender } = await open();
  await user.type(screen.getByLabelText("Text"), "Mine");
  await save(user);
  await waitFor(() => expect(reload).toHaveBeenCalled());
  rerender({ ...settings, version: 5, values: { ...values, count: 6 } });
  expect(screen.getByText(/Somebody changed these settings meanwhile/)).toBeInTheDocument();
  expect(screen.getByLabelText("Count")).toHaveValue(6);
  expect(screen.getByLabelText("Text")).toHaveValue("Mine");
  expect(screen.getByRole("button", { name: "Review and save" })).toBeDisabled();
  await user.click(screen.getByRole("button", { name: "Go on with my changes" }));
  answer = () => json({ feature: "greeter", version: 6, changed: ["text"] });
  await save(user);
  await waitFor(() => expect(sent[1]?.body).toMatchObject({ version: 5, changes: { text: "Mine" } }));
});

test("a value goes back to its default, and then nothing is unsaved", async () => {
  const { user } = await open();
  await user.type(screen.getByLabelText("Text"), "x");
  expect(screen.getByRole("region", { name: "Unsaved changes" })).toBeInTheDocument();
  await user.click(screen.getByRole("button", { name: "Reset Text to its default" }));
  expect(screen.queryByRole("region", { name: "Unsaved changes" })).toBeNull();
});

test("a text of the bot is previewed as text, whatever stands in it", async () => {
  const { user } = await open();
  await user.type(screen.getByLabelText("Text"), "<img src=x onerror=alert(1)> **hey** {{user}");
  const preview = screen.getByRole("figure", { name: "Preview of the message" });
  expect(preview.querySelector("img")).toBeNull();
  expect(within(preview).getByText("hey").tagName).toBe("STRONG");
  expect(preview).toHaveTextContent("<img src=x onerror=alert(1)> hey Robin");
});
