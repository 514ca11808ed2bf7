import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, it } from "vitest";
import { fromLocal, toLocal } from "@/components/expiry-field";
import type { RightName } from "@/hooks/use-rights";
import { RIGHT_NAMES } from "./rights";
import { RightsField } from "./rights-field";

function Form({ isForRole = false, canGive = RIGHT_NAMES }: { isForRole?: boolean; canGive?: RightName[] }) {
  const [rights, setRights] = useState<RightName[]>([]);
  return (
    <>
      <RightsField value={rights} onChange={setRights} canGive={canGive} isForRole={isForRole} />
      <output>{rights.join()}</output>
    </>
  );
}
const box = (name: RegExp) => screen.getByRole("checkbox", { name });

describe("the choice of rights", () => {
  it("ticks what a right includes, and tells only the greatest", async () => {
    render(<Form />);
    await userEvent.click(box(/^View settings/));
    await userEvent.click(box(/^Manage access/));
    expect(screen.getByRole("status")).toHaveTextContent(/^manage_access$/);
    expect(box(/^View settings/)).toBeChecked();
    expect(box(/^Edit settings/)).toBeDisabled();
    await userEvent.click(box(/^Manage access/));
    expect(screen.getByRole("status")).toBeEmptyDOMElement();
  });

  it("offers only what one may give, and to roles nothing for people", () => {
    render(<Form isForRole canGive={["manage_access", "edit_settings"]} />);
    expect(screen.getAllByRole("checkbox")).toHaveLength(1);
    expect(box(/^Edit settings/)).toBeEnabled();
  });
});

describe("a moment in a form", () => {
  it("is of the reader's time zone, and stays the same there and back", () => {
    const moment = "2026-07-01T12:30:00.000Z";
    expect(fromLocal(toLocal(moment))).toBe(moment);
    expect(fromLocal("")).toBeNull();
  });
});
