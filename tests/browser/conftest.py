"""A real browser in front of the page. Without one the tests are skipped, but never in CI."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from guildbase.simulator import GatewaySettings, Simulator
from guildbase.simulator.seed import seed
from guildbase.testing.target import pointed_at
from tests.browser.bot import GameNight
from tools import browser as browsers

# A machine that does other things, too, may be slow; nothing here waits longer than it must.
expect.set_options(timeout=20_000)

Window = Callable[..., Awaitable[Page]]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    path = await asyncio.to_thread(browsers.find)
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(f"The chat page must be tested in CI: {browsers.HOW_TO_GET_ONE}", pytrace=False)
    if path is None:
        pytest.skip(browsers.HOW_TO_GET_ONE)
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path)
        yield running
        await running.close()


@pytest.fixture
async def discord() -> AsyncIterator[Simulator]:
    """A local Discord with the people of the demo."""
    async with Simulator(shards=2, gateway=GatewaySettings(identify_interval=0), answer_within=6.0) as running:
        seed(running)
        yield running


@asynccontextmanager
async def playing(sim: Simulator) -> AsyncIterator[GameNight]:
    """Run the small bot."""
    with pointed_at(sim):
        bot = GameNight()
        await bot.login(sim.token)
        task = asyncio.create_task(bot.connect())
        try:
            await asyncio.wait_for(bot.wait_until_ready(), 10)
            yield bot
        finally:
            await bot.close()
            await asyncio.wait([task])


@pytest.fixture
async def bot(discord: Simulator) -> AsyncIterator[GameNight]:
    async with playing(discord) as running:
        yield running


@pytest.fixture
async def window(chromium: Browser, discord: Simulator) -> AsyncIterator[Window]:
    """Open windows, each of a person of its own; nothing may go wrong in any of them unnoticed."""
    contexts = []
    problems: list[str] = []

    async def open_window(person: str | None = None, **place: str) -> Page:
        context = await chromium.new_context(viewport={"width": 1280, "height": 800})
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda it: problems.append(it.text) if "Content Security Policy" in it.text else None)
        query = {"as": person} | place if person else place
        await page.goto(f"{discord.page_url}?{urlencode(query)}")
        if "channel" in place:  # Until it is there, nothing can be written, and keys that are pressed are lost.
            await page.locator("#head h2:not(:empty)").wait_for(timeout=20_000)
        return page

    yield open_window
    for context in contexts:
        await context.close()
    assert problems == []
