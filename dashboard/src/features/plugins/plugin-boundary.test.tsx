import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { PluginBoundary } from "./plugin-boundary";

it("shows that a plugin failed, and lets one try again", async () => {
  // React reports what a boundary caught, too.
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  let isBroken = true;
  const Page = () => {
    if (isBroken) throw new Error("no");
    return <p>Works</p>;
  };
  render(
    <PluginBoundary title="Greetings">
      <Page />
    </PluginBoundary>,
  );
  expect(screen.getByRole("alert")).toHaveTextContent("Greetings has failed");
  isBroken = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(screen.getByText("Works")).toBeInTheDocument();
});
