"""Every page there is: no error in the console, nothing that the policy refuses, clean for axe, and fit for a phone.

The server is full of texts that would like to be scripts; on every page they are text.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from guildbase.features.tickets.controller.transcripts import Copy, TranscriptController
from guildbase.services.container import BotServices
from guildbase.simulator import ScriptedGuild
from guildbase.testing.running import api_client
from tests.api.populated import populate
from tests.dashboard.conftest import (
    BUNDLE,
    DESKTOP,
    OF_COLOURS,
    OPERATOR,
    PHONE,
    Dashboard,
    Windows,
    accessibility_problems,
)
from tests.dashboard.hostile import ESCAPED, SCRIPTS
from tests.factories import moderator, new_id
from tools.dashboard import OUT

APP = OUT.parent / "src" / "app"
NUMBERS = {"[number]": "1", "[feature]": "guilds", "[...slug]": "notes", "[page]": "list"}
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
    .filter((it) => it.getBoundingClientRect().right > innerWidth + 1).map((it) => it.outerHTML.slice(0, 200))"""
CUT_OFF = """() => [...document.querySelectorAll("main table")]
    .filter((it) => it.parentElement.scrollWidth > it.parentElement.clientWidth).map((it) => it.ariaLabel)"""


def routes() -> Iterator[str]:
    """Yield the address of every page in the sources, with a server still to be put in."""
    for page in sorted(APP.rglob("page.tsx")):
        parts = [part for part in page.parent.relative_to(APP).parts if not part.startswith("(")]
        yield "/" + "/".join(NUMBERS.get(part, part) for part in parts)


ROUTES = list(routes())


@pytest.fixture(scope="module")
async def window_of_all(chromium: Browser, dashboard: Dashboard) -> AsyncIterator[tuple[Windows, Page, int]]:
    """One window of the operator, who owns the dashboard of a server where everything has happened once."""
    server = await dashboard.server(SCRIPTS[0])
    server.role(SCRIPTS[1])
    await fill(dashboard.running.services, server)
    windows = Windows(chromium, dashboard)
    # Pages of what is not there say so, and the browser notes the answer.
    windows.expects("status of 404")
    page = await windows(OPERATOR, "/servers")
    yield windows, page, server.id
    for context in windows.contexts:
        await context.close()


async def fill(services: BotServices, server: ScriptedGuild) -> None:
    """Make one object of each kind, and write all scripts where there is room for them."""
    async with api_client(services) as api:
        owner = {"user_id": str(server.member(OPERATOR).id), "rights": ["owner"]}
        (await api.post(f"/guilds/{server.id}/authorized-users", json=owner)).raise_for_status()
        await populate(services, api, server.id, SCRIPTS[4])
        for start in range(0, len(SCRIPTS), 8):
            case = {"type": "warn", "target_id": str(server.member("priya").id), "is_silent": True}
            reason = "\n".join(SCRIPTS[start : start + 8])
            (await api.post(f"/guilds/{server.id}/cases", json=case | {"reason": reason})).raise_for_status()
    caller = moderator(server.id)
    for script in SCRIPTS:
        copy = Copy(new_id(), caller.user_id or 0, script, script, details={"embeds": [{"title": script}]})
        await services.get(TranscriptController).keep(caller, server.id, 1, copy)


async def shown(page: Page) -> None:
    """Wait until the page shows what it is about, and no longer that it loads."""
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await expect(page.locator("main .animate-pulse, main [aria-label=Loading]")).to_have_count(0)
    await come_to_rest(page)


async def come_to_rest(page: Page) -> None:
    """Bring what moves to its end, but for what turns for ever, such as a sign that something works."""
    await page.evaluate(
        "for (const it of document.getAnimations()) if (it.effect.getComputedTiming().endTime < Infinity) it.finish()"
    )


@pytest.mark.parametrize("route", ROUTES)
async def test_the_page_is_sound(route: str, window_of_all: tuple[Windows, Page, int], dashboard: Dashboard) -> None:
    windows, page, guild_id = window_of_all
    windows.problems.clear()
    path = route.replace("[guildId]", str(guild_id))
    await page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    await page.goto(dashboard.url + path)
    await shown(page)
    problems = await accessibility_problems(page)
    await page.evaluate("document.documentElement.classList.toggle('dark')")
    await come_to_rest(page)
    problems += await accessibility_problems(page, only=OF_COLOURS)
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    if not await page.evaluate(ESCAPED):
        problems.append("a text became more than text")
    problems += [f"too wide for a phone: {element}" for element in await page.evaluate(TOO_WIDE)]
    problems += [f"a table that a phone cuts off: {table}" for table in await page.evaluate(CUT_OFF)]
    assert problems + windows.problems == []


def test_every_page_of_the_bundle_is_among_them() -> None:
    """What is built and not in the list would go unseen."""
    bundle = Path(BUNDLE) if BUNDLE else OUT
    if not bundle.exists() and os.environ.get("CI") != "true":
        pytest.skip("the dashboard is not built: run `make dashboard`")
    known = {re.sub(r"\[[^]]*\]|(?<=/)(1|guilds|notes|list)(?=/|$)", "_", route) for route in ROUTES}
    built = {f"/{path.relative_to(bundle).with_suffix('').as_posix()}" for path in bundle.rglob("*.html")}
    plugins = {path for path in built if path.startswith("/g/_/x/")}
    assert built - plugins - known == {"/index", "/404", "/_not-found"}
