"""How long pages of the dashboard take to show what they are for, in a server of 5,000,000 cases and in one of 10,000.

Real Chromium, in front of `guildbase api` with the built dashboard, `guildbase bot`, PostgreSQL and Valkey, each a
process of its own; who looks has signed in through the consent page. Both servers lie in the same database and are
alike but for their rows: cases, a fifth as many entries in the audit log, and reports and tickets. Each sample is one
loading in a window that knows nothing yet (nothing but the session), or one again in a window that has the files of the
dashboard; or 49 turns of a list's page, one after another. Gate is the time until what the page is for is shown; the
CPU time is that of the API and of PostgreSQL together. The first paint of the home page has the page of the sign-in as
its base, which asks the API for nothing.

Guards: the newest case's number, all six last actions, each page's 25 rows, and which row is the first, must be
what was stored. BENCHMARK_PAGE_CASES sets the number of cases (5,000,000).
"""

from __future__ import annotations

import asyncio
import os
import statistics
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from playwright.async_api import Browser, BrowserContext

from benchmarks.benchmark import Benchmark
from benchmarks.case_rows import A_PERSON, CHANNELS, MODERATORS
from benchmarks.dashboard_rows import Server, store
from benchmarks.dashboard_running import NoDashboard, local_discord, required_bundle, running, signed_in
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.page_timings import Loading, Window, chromium
from benchmarks.postgresql import READ_ONLY, durable_server
from benchmarks.verdicts import Comparison
from guildbase.testing.postgresql import free_port

SMALL, LARGE = 10_000, int(os.environ.get("BENCHMARK_PAGE_CASES", "5000000"))
OWNER = "mara"
ROWS = 25  # of a page of cases
TURNS = 49
SLOW = 4
"""How many times as slow as this machine's a phone's processor is taken to be."""
CHANNEL, MODERATOR = 7, 2
SEARCHED = 127
"""The first case of that channel and moderator; they come again every 200 cases."""

_HOME = """
const main = document.querySelector("main");
return main !== null && main.querySelector(".animate-pulse") === null && main.textContent.includes("#{newest}")
  && main.querySelectorAll("time").length === 6;
"""
_LIST = """
const rows = document.querySelectorAll("main tbody tr");
return rows.length === {rows} && rows[0].textContent.includes("#{newest}");
"""
_TURN = """
async ([turns, rows, newest]) => {
  const older = [...document.querySelectorAll("button")].find((button) => button.textContent.includes("Older"));
  const isThere = (number) => {
    const shown = document.querySelectorAll("main tbody tr");
    return shown.length === rows && shown[0].textContent.includes(`#${number}`);
  };
  const began = performance.now();
  for (let turn = 1; turn <= turns; turn++) {
    older.click();
    while (!isThere(newest - turn * rows)) await new Promise(requestAnimationFrame);
  }
  return (performance.now() - began) / turns;
}
"""

Measure = Callable[[], Awaitable[Sample]]


@dataclass(frozen=True, slots=True)
class Sight:
    """A page, and how the browser knows that what it is for is there."""

    name: str
    path: str
    is_there: str


SIGN_IN = Sight("sign-in", "/login", 'return document.querySelector("main a, main button") !== null;')


def sights(server: Server) -> list[Sight]:
    """Return the pages of a server."""
    home, newest = f"/g/{server.guild_id}", str(server.cases)
    wanted = urlencode({"words": f"channel {CHANNEL}", "moderator": server.people[MODERATOR]})
    step = CHANNELS * MODERATORS // 5
    found = server.cases - (server.cases - SEARCHED) % step
    return [
        Sight("home", home, _HOME.replace("{newest}", newest)),
        Sight("cases", f"{home}/cases", _listed(newest)),
        Sight("search", f"{home}/cases?{wanted}", _listed(str(found))),
    ]


def _listed(newest: str) -> str:
    return _LIST.replace("{rows}", str(ROWS)).replace("{newest}", newest)


class Rig:
    """The browser and what it looks at."""

    def __init__(self, browser: Browser, url: str, session: Any, cpu: Callable[[], float]) -> None:
        self._browser = browser
        self._url = url
        self._session = session
        self._cpu = cpu
        self.loadings: dict[str, list[Loading]] = defaultdict(list)
        """What was measured, by the names of the cases."""

    async def fresh(self, *, is_signed_in: bool = True) -> BrowserContext:
        """Return a browser that has no files of the dashboard yet."""
        state = self._session if is_signed_in else None
        # What moves while it waits would be drawn by the processor here, in the place of a graphics card.
        return await self._browser.new_context(
            storage_state=state, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
        )

    def cold(self, name: str, sight: Sight, *, slowdown: float = 1, is_signed_in: bool = True) -> Measure:
        """Return what measures the first visit of a page."""

        async def measure() -> Sample:
            context = await self.fresh(is_signed_in=is_signed_in)
            window = await Window.opened(context, sight.is_there, slowdown=slowdown)
            sample = await self._load(name, window, sight)
            await context.close()
            return sample

        return measure

    async def warm(self, name: str, sight: Sight) -> Measure:
        """Return what measures a further visit of a page."""
        window = await Window.opened(await self.fresh(), sight.is_there)
        await window.load(self._url + sight.path)
        return lambda: self._load(name, window, sight)

    async def turning(self, sight: Sight, server: Server) -> Measure:
        """Return what measures the turning of a list's pages, up to the fiftieth."""
        window = await Window.opened(await self.fresh(), sight.is_there)

        async def measure() -> Sample:
            await window.load(self._url + sight.path)
            before = self._cpu()
            a_turn = await window.page.evaluate(_TURN, [TURNS, ROWS, server.cases])
            return {Figure.WALL: a_turn / 1000, Figure.CPU: (self._cpu() - before) / TURNS}

        return measure

    def paint(self, name: str, measured: Measure) -> Measure:
        """Return the same with the first paint as its figure."""

        async def measure() -> Sample:
            await measured()
            return {Figure.WALL: self.loadings[name][-1].first_paint / 1000}

        return measure

    async def _load(self, name: str, window: Window, sight: Sight) -> Sample:
        before = self._cpu()
        loading = await window.load(self._url + sight.path)
        self.loadings[name].append(loading)
        return {Figure.WALL: loading.content / 1000, Figure.CPU: self._cpu() - before}

    def tell(self) -> None:
        """Print the medians of everything."""
        for name, loadings in self.loadings.items():
            # The first one is the warm-up round's.
            counted = loadings[1:] or loadings
            first, largest, content, blocking, shift, size, requests = (
                statistics.median(getattr(loading, field) for loading in counted) for field in Loading.__slots__
            )
            print(
                f"  {name}: first paint {first:.0f} ms, largest {largest:.0f} ms, content {content:.0f} ms,"
                f" blocking {blocking:.0f} ms, shift {shift:.3f}, {size / 1000:.0f} KB in {requests:.0f} requests"
            )


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start everything, with the rows in the database."""
    try:
        bundle = await asyncio.to_thread(required_bundle)
    except NoDashboard as missing:
        print(f"  The dashboard's pages are left out: {missing}")
        yield []
        return
    async with AsyncExitStack() as stack:
        port = free_port()
        discord = await stack.enter_async_context(local_discord(port, people=LARGE // A_PERSON + MODERATORS))
        guilds = discord.world.guilds.values()
        small, large = (
            Server(guild.id, cases, guild.members.crowd) for guild, cases in zip(guilds, (SMALL, LARGE), strict=True)
        )
        database = await stack.enter_async_context(durable_server(READ_ONLY))
        url = await database.database()
        await store(url, (small, large))
        api = await stack.enter_async_context(running(discord, url, bundle, port))
        browser = await stack.enter_async_context(chromium())
        session = await signed_in(browser, discord, api.url, OWNER)
        rig = Rig(browser, api.url, session, lambda: api.cpu + database.cpu)
        yield await _cases(rig, small, large)
        for sight in sights(large)[:2]:
            await rig.cold(f"{sight.name}, millions, a processor {SLOW} times as slow", sight, slowdown=SLOW)()
        rig.tell()


async def _cases(rig: Rig, small: Server, large: Server) -> list[Case]:
    cases: list[Case] = []
    for server, size in ((small, "10k"), (large, "millions")):
        home, listed, found = sights(server)
        for sight in (home, listed, found):
            name = f"{sight.name}, {size}"
            cases.append(Case(name, rig.cold(name, sight)))
        again = f"home again, {size}"
        cases.append(Case(again, await rig.warm(again, home)))
        cases.append(Case(f"turning, {size}", await rig.turning(listed, server)))
    for name, sight, is_signed_in in (("paint, home", sights(large)[0], True), ("paint, sign-in", SIGN_IN, False)):
        cases.append(Case(name, rig.paint(name, rig.cold(name, sight, is_signed_in=is_signed_in))))
    return cases


def _flat(name: str, case: str) -> Comparison:
    """Return the comparison of a page of millions with the same of ten thousand."""
    return Comparison(name, f"{case}, millions", f"{case}, 10k", Figure.WALL, Aim.COST, 2.0, 1.3)


BENCHMARK = Benchmark(
    "pages",
    prepare,
    (
        _flat("home of a server of millions", "home"),
        _flat("home, visited again", "home again"),
        _flat("cases of a server of millions", "cases"),
        _flat("cases, searched", "search"),
        _flat("cases, a turn of the page", "turning"),
        Comparison("first paint of the home", "paint, home", "paint, sign-in", Figure.WALL, Aim.COST, 2.0, 1.3),
    ),
    rounds=7,
)
