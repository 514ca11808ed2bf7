"""Runs what stands behind the dashboard: a local Discord, `guildbase bot` and `guildbase api`, and who signs in."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser

from benchmarks.processes import START_LIMIT, BotProcess, guildbase_process
from guildbase.core.crypto import new_key
from guildbase.simulator import GatewaySettings, Simulator
from guildbase.simulator.seed import seed
from guildbase.testing.valkey import ValkeyProcess
from guildbase.web.node import find_node
from tools import browser as browsers
from tools.dashboard import OUT, bring_up_to_date

BUNDLE = os.environ.get("GUILDBASE_DASHBOARD_DIR")


class NoDashboard(Exception):
    """It cannot be looked at here; the text says why."""


@dataclass(frozen=True, slots=True)
class RunningApi:
    """The process that serves the dashboard."""

    url: str
    process: BotProcess

    @property
    def cpu(self) -> float:
        """CPU seconds since it began."""
        return self.process.cpu


def required_bundle() -> Path:
    """Return the folder of the built dashboard, built anew if its sources changed; or raise NoDashboard."""
    if browsers.find() is None:
        raise NoDashboard(browsers.HOW_TO_GET_ONE)
    if BUNDLE:
        return Path(BUNDLE)
    if find_node() is None and not (OUT / "index.html").exists():
        raise NoDashboard("there is neither a built dashboard nor a Node.js to build it: run `make dashboard`")
    bring_up_to_date()
    return OUT


@asynccontextmanager
async def local_discord(port: int, people: int) -> AsyncIterator[Simulator]:
    """Run a Discord of two servers, each with so many people, that lets them sign in at the API of that port."""
    callback = f"http://127.0.0.1:{port}/api/v1/auth/callback"
    async with Simulator(
        shards=2, gateway=GatewaySettings(identify_interval=0), redirect_uris=[callback], answer_within=6.0
    ) as discord:
        seed(discord, members=people)
        yield discord


@asynccontextmanager
async def running(discord: Simulator, database_url: str, bundle: Path, port: int) -> AsyncIterator[RunningApi]:
    """Run bot and API until both answer."""
    async with AsyncExitStack() as stack:
        valkey = ValkeyProcess()
        stack.callback(valkey.stop)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"http://127.0.0.1:{port}"
        settings = {
            "redis_url": valkey.url,
            "redis_timeout": "10",
            "api_port": str(port),
            "public_url": url,
            "dashboard_dir": str(bundle),
            "oauth_client_id": str(discord.application_id),
            "oauth_client_secret": discord.client_secret,
            "encryption_keys": f"1:{new_key()}",
            "api_rate_limit": "10000",  # One person does all that is measured.
            "api_address_limit": "10000",
        }
        bot = await stack.enter_async_context(guildbase_process(discord, folder, database_url, **settings))
        await bot.until_ready(discord)
        # The second one finds the byte code that the first one made.
        api = await stack.enter_async_context(guildbase_process(discord, folder, database_url, "api", **settings))
        await _until_it_answers(url)
        yield RunningApi(url, api)


async def _until_it_answers(url: str) -> None:
    async with asyncio.timeout(START_LIMIT), httpx.AsyncClient(base_url=url, trust_env=False) as client:
        while True:
            try:
                if (await client.get("/api/v1/health/ready")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


async def signed_in(browser: Browser, discord: Simulator, url: str, person: str) -> Any:
    """Sign the person in through the consent page, and return what a browser keeps of it."""
    context = await browser.new_context()
    await context.add_cookies([{"name": "simulator_person", "value": person, "url": discord.page_url}])
    page = await context.new_page()
    await page.goto(f"{url}/api/v1/auth/login?next=/servers")
    await page.get_by_role("button", name="Authorize").click()
    await page.wait_for_url(f"{url}/servers")
    state = await context.storage_state()
    await context.close()
    return state
