import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { bodyOf, newDraft } from "./rule";
import { RuleEditor } from "./rule-editor";
import { SCHEMA } from "./schema.fixture";

vi.mock("@/components/pickers", () => ({ RolePicker: () => null, ChannelPicker: () => null }));

function show(problems: Record<string, string> = {}) {
  const onSave = vi.fn();
  const start = { ...newDraft(SCHEMA), document: { ...newDraft(SCHEMA).document, effects: [{ type: "ban", duration: null }] } };
  render(<RuleEditor root={SCHEMA} start={start} lists={[]} problems={problems} isBusy={false} onSave={onSave} onCancel={vi.fn()} />);
  return onSave;
}

test("what is typed becomes the rule", async () => {
  const user = userEvent.setup();
  const onSave = show();
  await user.type(screen.getByLabelText("Name"), "bad words");
  await user.type(screen.getByLabelText("Words, one a line"), "bad{enter}{enter}worse");
  await user.click(screen.getByLabelText("Whole words only"));
  await user.type(screen.getByLabelText("For how long"), "7d");
  await user.click(screen.getByRole("button", { name: "Save rule" }));
  const body = bodyOf(onSave.mock.calls[0]![0]);
  expect(body.name).toBe("bad words");
  expect(body.document.trigger).toEqual({ type: "words", words: ["bad", "worse"], whole: false });
  expect(body.document.effects).toEqual([{ type: "ban", duration: "7d" }]);
});

test("a problem of the server stands at its field", () => {
  show({ "body.document.effects.0.ban.duration": "not a duration", "body.name": "too short" });
  expect(screen.getByLabelText("For how long")).toHaveAccessibleDescription(/not a duration/);
  expect(screen.getByLabelText("Name")).toBeInvalid();
});

test("conditions come and go, and one effect stays", async () => {
  const user = userEvent.setup();
  show();
  await user.click(screen.getByRole("button", { name: "Add effect" }));
  expect(screen.getAllByRole("group")).toHaveLength(3);
  await user.click(within(screen.getByRole("group", { name: "Then 2" })).getByRole("button", { name: /^Remove/ }));
  expect(screen.queryByRole("button", { name: /^Remove/ })).toBeNull();
});
