"""Sets the demo up, runs the prompt, the story or just the servers, and takes it all down again."""

from __future__ import annotations

import asyncio
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from guildbase.cli.demo.browser import open_page
from guildbase.cli.demo.doors import Doors, open_doors
from guildbase.cli.demo.example import write_example
from guildbase.cli.demo.pages import Pages, PagesState
from guildbase.cli.demo.process import API_KEY, BotProcess
from guildbase.cli.demo.servers import servers
from guildbase.core.errors import ConfigurationError
from guildbase.core.logging import configure_logging
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings, load_settings
from guildbase.database.schema import migrate
from guildbase.simulator import CannotListen, GatewaySettings, Simulator
from guildbase.simulator.seed import seed

PORT = 3410
OWNER = "mara"
"""Owner of the seeded servers; in the demo she also owns the bot."""
FIRST_PERSON = "jonas"
"""Who one is at first, on the page and at the prompt."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What runs."""

    discord: Simulator
    bot: BotProcess
    features_dir: Path | None
    seconds: float
    """How long it took until the bot was connected."""


async def run_demo(*, headless: bool, check: bool, as_json: bool, browser: bool = True) -> int:
    """Run the demo and return the exit code."""
    if check and not headless:
        raise ConfigurationError("--check plays a story without a prompt.", hint="Add --headless.")
    configure_logging(level="WARNING", as_json=False)
    console = Console(stderr=as_json, highlight=False)
    stop = _stop_on_signals() if headless and not check else None
    async with AsyncExitStack() as running:
        with console.status("Starting a local Discord, the bot and the API …"):
            started = await running.enter_async_context(demo(load_settings(), with_example=check))
        if check:
            from guildbase.cli.demo.story import play

            return await play(started, console, as_json=as_json)
        pages = Pages()
        running.push_async_callback(pages.stop)
        await pages.start()
        doors = Doors(page(started), f"{started.bot.public_url}/", FIRST_PERSON, OWNER)
        first_page = await running.enter_async_context(open_doors(doors, pages))
        _introduce(started, console, first_page, pages)
        watching = asyncio.create_task(started.bot.keep_running(partial(console.print, markup=False)), name="bot watch")
        running.callback(watching.cancel)
        if stop is not None:
            await stop.wait()
        else:
            if browser:
                await open_page(first_page)
            from guildbase.cli.demo.prompt import talk

            await talk(started.discord, console)
        with console.status("Stopping …"):
            await running.aclose()
    console.print("Stopped.")
    return 0


@asynccontextmanager
async def demo(settings: Settings, *, with_example: bool = False) -> AsyncIterator[Demo]:
    """Run a seeded local Discord with the bot in it; whatever it makes is removed at the end.

    Of the settings only the folder of features and the servers for the data count.
    """
    began = time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix="guildbase-demo-"))
    try:
        features_dir = folder / "features" if with_example else settings.features_dir
        if with_example:
            write_example(folder / "features")
        async with servers(settings, folder) as its_own:
            registry = FeatureRegistry.discover(features_dir)
            await asyncio.to_thread(migrate.upgrade, its_own.database_url, registry=registry)
            async with _local_discord() as discord:
                seed(discord)
                owner = next(user for user in discord.world.users.values() if user.username == OWNER)
                bot = BotProcess(discord, folder, its_own, owner_id=owner.id, features_dir=features_dir)
                try:
                    await bot.start()
                    yield Demo(discord, bot, features_dir, time.perf_counter() - began)
                finally:
                    await bot.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def _local_discord() -> AsyncIterator[Simulator]:
    """Run a Discord where a page that is still open from the last demo finds it, else on any free port."""
    async with AsyncExitStack() as running:
        try:
            discord = await running.enter_async_context(_simulator(PORT))
        except CannotListen:
            discord = await running.enter_async_context(_simulator(0))
        yield discord


def _simulator(port: int) -> Simulator:
    # The story starts the same shards again at once, for which Discord itself would make us wait. Discord also gives a
    # bot three seconds to answer, but its machine does not build a dashboard meanwhile.
    return Simulator(port=port, shards=2, gateway=GatewaySettings(identify_interval=0), answer_within=10.0)


def _introduce(started: Demo, console: Console, first_page: str, pages: Pages) -> None:
    names = ", ".join(guild.name for guild in started.discord.world.guilds.values())
    console.print(f"[bold]Guildbase[/bold] runs on two shards in {names} ({started.seconds:.1f} s).")
    console.print(f"\n  [bold]Open it in a browser:  [link={first_page}]{first_page}[/link][/bold]\n", soft_wrap=True)
    building = "  (being built, half a minute or so)" if pages.state is PagesState.BUILDING else ""
    console.print(f"  chat       {page(started)}", soft_wrap=True)
    console.print(f"  dashboard  {started.bot.public_url}/{building}", soft_wrap=True)
    console.print(f"  API        {started.bot.api_url}/docs  (X-API-Key: {API_KEY})")
    console.print(f"  health     {started.bot.health_url}/readyz")
    console.print(f"  Discord    {started.discord.control_url}/openapi.json")
    console.print(f"  log        {started.bot.log_path}", soft_wrap=True)


def page(started: Demo) -> str:
    """Return the address of the chat page, where one is a moderator at first."""
    return f"{started.discord.page_url}?as={FIRST_PERSON}"


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
