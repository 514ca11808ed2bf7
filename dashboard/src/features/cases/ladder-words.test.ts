import { expect, test } from "vitest";
import { readStep, stepInWords, writeStep } from "./ladder-words";

test.each(["3 in 30d = timeout 1h", "5 = ban", "10 in 1d 2h = tempban 7d", "2 = mute"])("%s is read and written alike", (line) => {
  expect(writeStep(readStep(line)!)).toBe(line);
});

test("a kick is written without the duration that was typed before", () => {
  expect(writeStep({ points: 4, within: "", kind: "kick", duration: "1h" })).toBe("4 = kick");
});

test("another text stands for itself", () => {
  expect(readStep("<b>3</b> = ban")).toBeUndefined();
  expect(stepInWords("soon = ban")).toBe("soon = ban");
  expect(stepInWords("1 in 30d = timeout 1h")).toBe("at 1 point within 30d: timeout for 1h");
});
