import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { followChanges, isShownBy } from "./live-updates";

/** A stream that the test speaks through; browsers have it, and jsdom has not. */
class Stream extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static opened: Stream[] = [];
  readyState = Stream.OPEN;

  constructor(readonly url: string) {
    super();
    Stream.opened.push(this);
  }

  close() {
    this.readyState = Stream.CLOSED;
  }

  say(name: string, data: unknown = []) {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
}

const newest = () => Stream.opened[Stream.opened.length - 1] as Stream;
const hide = (isHidden: boolean) => {
  vi.spyOn(document, "hidden", "get").mockReturnValue(isHidden);
  document.dispatchEvent(new Event("visibilitychange"));
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", Stream);
  Stream.opened = [];
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("a change is told at once, and those of the next seconds together", () => {
  const refresh = vi.fn();
  const end = followChanges("12", refresh);
  expect(newest().url).toBe("/api/v1/events?guild_id=12");
  newest().say("ready");
  expect(refresh).not.toHaveBeenCalled();
  for (const feature of ["moderation", "tickets", "moderation"]) newest().say("changed", [feature]);
  expect(refresh.mock.calls).toEqual([[["moderation"]]]);
  vi.advanceTimersByTime(3_000);
  expect(refresh.mock.lastCall).toEqual([["tickets", "moderation"]]);
  newest().say("changed", []);
  newest().say("changed", ["tickets"]);
  vi.advanceTimersByTime(3_000);
  expect(refresh.mock.lastCall).toEqual([[]]);
  end();
  expect(newest().readyState).toBe(Stream.CLOSED);
});

test("a page that nobody sees has no stream, and asks for everything when it is seen again", () => {
  const refresh = vi.fn();
  const end = followChanges("12", refresh);
  hide(true);
  expect(newest().readyState).toBe(Stream.CLOSED);
  vi.advanceTimersByTime(60_000);
  expect(refresh).not.toHaveBeenCalled();
  hide(false);
  newest().say("ready");
  expect(Stream.opened).toHaveLength(2);
  expect(refresh.mock.calls).toEqual([[[]]]);
  end();
});

test("without a stream everything is asked for every thirty seconds, and the stream is tried again", () => {
  const refresh = vi.fn();
  const end = followChanges("12", refresh);
  newest().readyState = Stream.CLOSED;
  newest().say("error");
  vi.advanceTimersByTime(30_000);
  expect(refresh.mock.calls).toEqual([[[]]]);
  expect(Stream.opened).toHaveLength(2);
  end();
  vi.advanceTimersByTime(90_000);
  expect(refresh).toHaveBeenCalledTimes(1);
});

test("a change of a feature concerns the addresses that show it", () => {
  const cases = "/api/v1/guilds/{guild_id}/cases";
  expect(isShownBy(cases, ["moderation"])).toBe(true);
  expect(isShownBy(cases, ["tickets"])).toBe(false);
  expect(isShownBy(cases, [])).toBe(true);
  expect(isShownBy(cases, ["a_feature_of_somebody"])).toBe(true);
  expect(isShownBy("/api/v1/guilds/{guild_id}/live", [])).toBe(false);
});

test("a transcript is not read again by itself, for its reading is a change, too", () => {
  const path = "/api/v1/guilds/{guild_id}/tickets/{number}";
  expect(isShownBy(path, ["tickets"])).toBe(true);
  for (const features of [["tickets"], []]) expect(isShownBy(`${path}/messages`, features)).toBe(false);
});
