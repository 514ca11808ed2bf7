import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { Cell } from "./cell";

describe("a value of a feature's page", () => {
  it("shows text as text, whatever it holds", () => {
    const { container } = render(<Cell kind="text" value="<img src=x onerror=alert(1)>" />);
    expect(container).toHaveTextContent("<img src=x onerror=alert(1)>");
    expect(container.querySelector("img")).toBeNull();
  });

  it("groups the digits of numbers, and keeps zero", () => {
    const { rerender } = render(<Cell kind="number" value={1234567} />);
    expect(screen.getByText("1,234,567")).toBeInTheDocument();
    rerender(<Cell kind="number" value={0} />);
    expect(screen.getByText("0")).toBeInTheDocument();
  });

  it("tells moments by their distance, with the moment itself for machines", () => {
    const { container } = render(<Cell kind="time" value="2001-02-03T04:05:06+00:00" />);
    expect(container.querySelector("time")).toHaveAttribute("datetime", "2001-02-03T04:05:06+00:00");
    expect(container).toHaveTextContent(/years ago/);
  });

  it.each([null, undefined, ""])("has a dash for nothing (%j)", (value) => {
    render(<Cell kind="badge" value={value} />);
    expect(screen.getByText("–")).toBeInTheDocument();
  });
});
