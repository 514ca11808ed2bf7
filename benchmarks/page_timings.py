"""What a real browser says of the loading of a page, as Lighthouse reads it: paints, long tasks, shifts, bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from tools import browser as browsers

LIMIT = 60_000  # milliseconds for a page to show its content
STREAM = "/api/v1/events"
"""The request that stays open for as long as the page does."""

# The observers see what happened before them, too; the moment of the content is the frame that shows it.
_OBSERVERS = """
window.timings = { content: null, largest: 0, shift: 0, tasks: [] };
{
  const timings = window.timings;
  const observe = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
  observe("largest-contentful-paint", (entry) => { timings.largest = entry.startTime; });
  observe("layout-shift", (entry) => { if (!entry.hadRecentInput) timings.shift += entry.value; });
  observe("longtask", (entry) => timings.tasks.push([entry.startTime, entry.duration]));
  window.follow = (isThere) => {
    const look = () => {
      if (timings.content === null && isThere()) timings.content = performance.now();
      if (timings.content === null) requestAnimationFrame(look);
    };
    look();
  };
}
"""
_READ = """
() => {
  const { content, largest, shift, tasks } = window.timings;
  const first = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
  const blocking = tasks.filter(([start, duration]) => start + duration > first)
    .reduce((sum, [, duration]) => sum + Math.max(0, duration - 50), 0);
  return { content, first, largest, shift, blocking };
}
"""
_TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


@dataclass(frozen=True, slots=True)
class Loading:
    """One loading of a page; times are milliseconds since it was asked for."""

    first_paint: float
    """First contentful paint."""
    largest_paint: float
    content: float
    """When what the page is for stood there."""
    blocking: float
    """Total blocking time: what tasks took beyond 50 ms each."""
    shift: float
    """Cumulative layout shift."""
    transferred: int
    """Bytes that came over the network, headers included."""
    requests: int


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run a browser that asks nobody on the internet for pictures."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=browsers.find(), args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        )
        yield browser
        await browser.close()


class Window:
    """One window of a browser, of which each loading is measured."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._is_there = ""
        self._bytes = 0
        self._requests = 0
        self._open: set[Request] = set()

    @classmethod
    async def opened(cls, context: BrowserContext, is_there: str, *, slowdown: float = 1) -> Window:
        """Open a window; `is_there` is the JavaScript that tells whether the page's content is."""
        page = await context.new_page()
        window = cls(page)
        await page.add_init_script(_OBSERVERS + f"window.follow(() => {{ {is_there} }});")
        devtools = await context.new_cdp_session(page)
        await devtools.send("Network.enable")
        if slowdown > 1:
            await devtools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
        devtools.on("Network.loadingFinished", window._received)
        page.on("request", window._asked)
        page.on("requestfinished", window._answered)
        page.on("requestfailed", window._answered)
        return window

    async def load(self, url: str) -> Loading:
        """Go to the address and return what it cost, once all that the page asked for is there."""
        self._bytes = self._requests = 0
        self._open.clear()
        await self.page.goto(url)
        await self.page.wait_for_function("() => window.timings.content !== null", timeout=LIMIT)
        while self._open:
            await self.page.wait_for_timeout(5)
        await self.page.evaluate(_TWO_FRAMES)
        read: dict[str, Any] = await self.page.evaluate(_READ)
        return Loading(
            first_paint=read["first"],
            largest_paint=read["largest"],
            content=read["content"],
            blocking=read["blocking"],
            shift=read["shift"],
            transferred=self._bytes,
            requests=self._requests,
        )

    def _received(self, event: dict[str, Any]) -> None:
        self._bytes += int(event["encodedDataLength"])

    def _asked(self, request: Request) -> None:
        self._requests += 1
        if STREAM not in request.url:
            self._open.add(request)

    def _answered(self, request: Request) -> None:
        self._open.discard(request)
