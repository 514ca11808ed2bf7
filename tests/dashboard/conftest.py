"""The dashboard in a real browser, in front of a running local Discord, bot and API, which all tests share.

Each test makes a server of its own with `dashboard.server()` and opens windows with `window(...)`. What a page logs as
an error, and what its content security policy refuses, fails the test. GUILDBASE_DASHBOARD_DIR names a bundle that
is there already; otherwise `dashboard/out` is brought up to date first.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from guildbase.api.app import create_app
from guildbase.api.listeners import Listeners
from guildbase.core.crypto import new_key
from guildbase.core.registry import FeatureRegistry
from guildbase.database.schema.migrate import upgrade
from guildbase.simulator import GatewaySettings, ScriptedGuild, Simulator
from guildbase.simulator.seed import seed
from guildbase.testing.running import RunningGuildbase, api_client
from guildbase.testing.target import restored_target
from guildbase.web.node import find_node
from tests.browser.conftest import chromium as chromium
from tests.waiting import until
from tools.dashboard import OUT, bring_up_to_date

BUNDLE = os.environ.get("GUILDBASE_DASHBOARD_DIR")
OPERATOR = "developer"
"""Who owns the application, and so may see the pages of the operator."""
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
PICTURES = "https://cdn.discordapp.com/**"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg"/>'
AXE = OUT.parent / "node_modules" / "axe-core" / "axe.min.js"
OF_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe that another theme can break; all others are about elements, which are the same in each."""


class Dashboard:
    """What runs."""

    def __init__(self, discord: Simulator, running: RunningGuildbase, url: str) -> None:
        self.discord = discord
        self.running = running
        self.url = url
        self._numbers = itertools.count(1)

    async def server(self, name: str | None = None) -> ScriptedGuild:
        """Make a server with the bot in it, and wait until its rows are there; `owner` owns it."""
        made = self.discord.guild(name or f"Server {next(self._numbers)}")
        async with api_client(self.running.services) as api:

            async def is_known() -> bool:
                return (await api.get(f"/guilds/{made.id}/cases")).status_code == 200

            await until(is_known)
        return made


@pytest.fixture(scope="session")
def bundle() -> Path:
    """The folder of the built dashboard."""
    if BUNDLE:
        return Path(BUNDLE)
    if find_node() is None and not (OUT / "index.html").exists():
        if os.environ.get("CI") == "true":
            pytest.fail("The dashboard must be tested in CI: run `make dashboard`", pytrace=False)
        pytest.skip("there is neither a built dashboard nor a Node.js to build it: run `make dashboard`")
    bring_up_to_date()
    return OUT


@pytest.fixture(scope="package")
async def dashboard(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Dashboard]:
    """A local Discord with the people of the demo, and bot and API with the built dashboard."""
    folder = tmp_path_factory.mktemp("dashboard")
    async with running_dashboard(bundle, folder) as running:
        yield running


@asynccontextmanager
async def running_dashboard(bundle: Path, folder: Path, **settings: Any) -> AsyncIterator[Dashboard]:
    """Run everything with a fresh database in the folder."""
    address = f"sqlite:///{folder / 'guildbase.db'}"
    features = Path(settings["features_dir"]) if "features_dir" in settings else None
    await asyncio.to_thread(upgrade, address, registry=FeatureRegistry.discover(features))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        discord = Simulator(
            shards=2,
            gateway=GatewaySettings(identify_interval=0),
            answer_within=6.0,
            redirect_uris=[f"{url}/api/v1/auth/callback"],
        )
        async with discord:
            seed(discord)
            own = {
                "database_url": address,
                "dashboard_dir": str(bundle),
                "public_url": url,
                "oauth_client_id": discord.application_id,
                "oauth_client_secret": discord.client_secret,
                "owner_ids": [discord.world.application.owner_id],
                "encryption_keys": f"1:{new_key()}",
                "login_rate_limit": 1000,
                "api_rate_limit": 10_000,
            }
            with restored_target():
                running = RunningGuildbase(discord, own | settings)
                try:
                    await running.until_ready()
                    await running.services.start()
                    async with _serving(running, listener):
                        yield Dashboard(discord, running, url)
                finally:
                    await running.stop()


@asynccontextmanager
async def _serving(running: RunningGuildbase, listener: socket.socket) -> AsyncIterator[None]:
    class Server(uvicorn.Server):
        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            """Leave the signals to the test run."""
            yield

    app = create_app(running.services)
    server = Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        running.services.get(Listeners).end()
        server.should_exit = True
        await serving


class Windows:
    """Opens windows and remembers what went wrong in any of them."""

    def __init__(self, browser: Browser, dashboard: Dashboard) -> None:
        self._browser = browser
        self._dashboard = dashboard
        self.contexts: list[BrowserContext] = []
        self.problems: list[str] = []
        self._expected: list[str] = []

    def expects(self, *texts: str) -> None:
        """Let these parts of console errors pass, such as `404`: a test asks for what is refused."""
        self._expected.extend(texts)

    async def __call__(
        self, person: str | None = None, path: str = "/", *, theme: str = "light", phone: bool = False, **options: Any
    ) -> Page:
        """Open a window of its own, sign the person in if one is named, and go to the path."""
        context = await self._browser.new_context(
            viewport=options.pop("viewport", PHONE if phone else DESKTOP),
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            has_touch=phone,
            **options,
        )
        self.contexts.append(context)
        # Tests ask nobody on the internet for the pictures of people who chose none.
        await context.route(PICTURES, lambda route: route.fulfill(content_type="image/svg+xml", body=PICTURE))
        page = await context.new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._console)
        if person is None:
            await page.goto(self._dashboard.url + path)
        else:
            await sign_in(page, self._dashboard, person, path)
        return page

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(text in message.text for text in self._expected):
            self.problems.append(f"{message.text} ({message.location.get('url', '')})")


@pytest.fixture
async def window(chromium: Browser, dashboard: Dashboard) -> AsyncIterator[Windows]:
    """What opens windows for people; see `Windows`."""
    windows = Windows(chromium, dashboard)
    yield windows
    for context in windows.contexts:
        await context.close()
    assert windows.problems == []


async def sign_in(page: Page, dashboard: Dashboard, person: str, path: str = "/servers") -> None:
    """Sign in through Discord's consent page, as a person does, and wait until the path is reached."""
    # The local Discord remembers in this cookie who sits at the browser.
    await page.context.add_cookies([{"name": "simulator_person", "value": person, "url": dashboard.discord.page_url}])
    await page.goto(f"{dashboard.url}/api/v1/auth/login?next={path}")
    await page.get_by_role("button", name="Authorize").click()
    await expect(page).to_have_url(re.compile(re.escape(dashboard.url + path)))


async def accessibility_problems(page: Page, *, only: tuple[str, ...] = ()) -> list[str]:
    """Return what axe finds wrong with the page as it is now, by rule and element; on request by these rules alone."""
    if not await page.evaluate("typeof axe !== 'undefined'"):
        await page.evaluate(await asyncio.to_thread(AXE.read_text, encoding="utf-8"))
    chosen = {"runOnly": {"type": "rule", "values": only}} if only else {}
    found = await page.evaluate("(options) => axe.run(options)", {"resultTypes": ["violations"], **chosen})
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
