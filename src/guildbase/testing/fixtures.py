"""The fixtures. They are loaded with pytest-asyncio; all else is imported when a test first uses one."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    import httpx

    from guildbase.bot.client import GuildbaseBot
    from guildbase.simulator import Person, ScriptedGuild, Simulator
    from guildbase.testing.bots import RunBot
    from guildbase.testing.clock import MovableClock
    from guildbase.testing.plugin import StartGuildbase
    from guildbase.testing.running import RunningGuildbase


@pytest_asyncio.fixture
async def discord(request: pytest.FixtureRequest) -> AsyncIterator[Simulator]:
    """A local Discord that recommends two shards and lets bots start as often as they like.

    `@pytest.mark.discord(shards=1, answer_within=1)` sets whatever `guildbase.simulator.Simulator` takes.
    """
    from guildbase.simulator import GatewaySettings, Simulator
    from guildbase.testing.reports import hide_people

    hide_people()
    wishes: dict[str, Any] = {"shards": 2, "gateway": GatewaySettings(identify_interval=0)}
    for marker in reversed([*request.node.iter_markers("discord")]):
        wishes |= marker.kwargs
    async with Simulator(**wishes) as running:
        yield running


@pytest.fixture
def guild(discord: Simulator) -> ScriptedGuild:
    """A server on the first shard, with the channels `general` and `mod-log` and the bot in it."""
    return discord.guild("Test Guild", shard=0)


@pytest.fixture
def member(guild: ScriptedGuild) -> Person:
    """A member of the server without any role."""
    return guild.member("member")


@pytest.fixture
def moderator(guild: ScriptedGuild) -> Person:
    """A member of the server who may kick, ban and time out others, and delete messages."""
    return guild.member("moderator", roles=["Moderator"])


@pytest.fixture
def application_owner(guild: ScriptedGuild) -> Person:
    """The account that the bot's application belongs to, an admin of the server."""
    return guild.member("developer", roles=["Admin"])


@pytest.fixture
def clock(discord: Simulator, monkeypatch: pytest.MonkeyPatch) -> MovableClock:
    """The clock of Discord and of the bot, to be put forward: `clock.advance(hours=2)`."""
    from guildbase.testing.clock import MovableClock

    return MovableClock(discord, monkeypatch)


@pytest.fixture
def bot_errors() -> list[Exception]:
    """What the bots of `run_bot` raised and did not handle. What is left in it at the end fails the test."""
    return []


@pytest_asyncio.fixture
async def run_bot(discord: Simulator, guild: ScriptedGuild, bot_errors: list[Exception]) -> AsyncIterator[RunBot]:
    """Start discord.py bots of your own, which are stopped at the end.

    For example `bot = await run_bot(MyBot())`.
    """
    from guildbase.testing.bots import Bots, noted
    from guildbase.testing.target import pointed_at

    bots = Bots(discord)
    with pointed_at(discord), noted(bot_errors, discord) as notes:
        try:
            yield bots.run
        finally:
            notes.closing = True
            await bots.stop()
    if bot_errors:
        raise ExceptionGroup("the bot did not handle this (see the fixture bot_errors)", bot_errors)


@pytest_asyncio.fixture
async def start_guildbase(
    discord: Simulator, guild: ScriptedGuild, guildbase_sqlite_url: str, guildbase_features_dir: Path | None
) -> AsyncIterator[StartGuildbase]:
    """Start bots with settings of your choice; they are stopped at the end. The database is the test's own."""
    from guildbase.testing.running import RunningGuildbase
    from guildbase.testing.target import restored_target

    own = {"database_url": guildbase_sqlite_url, "features_dir": guildbase_features_dir}
    kept = set(sys.modules)
    started: list[RunningGuildbase] = []

    async def start(*, intents_flags: int | None = None, **settings: Any) -> RunningGuildbase:
        if intents_flags is not None:
            discord.world.application.flags = type(discord.world.application.flags)(intents_flags)
        running = RunningGuildbase(discord, own | settings)
        started.append(running)
        await running.until_ready()
        return running

    with restored_target():
        try:
            yield start
        finally:
            for running in reversed(started):
                await running.stop()
            # A local feature of this test must not stand in for the next test's one.
            for name in [name for name in sys.modules.keys() - kept if name.partition(".")[0] == "guildbase_local"]:
                del sys.modules[name]


@pytest_asyncio.fixture
async def guildbase_bot(start_guildbase: StartGuildbase) -> GuildbaseBot:
    """The bot with all built-in and installed features, connected on two shards."""
    return (await start_guildbase()).bot


@pytest_asyncio.fixture
async def guildbase_due_work(guildbase_bot: GuildbaseBot) -> AsyncIterator[None]:
    """Have due work done while the test runs, as in production; put the clock forward, and it is due."""
    from guildbase.services.due_work.worker import DueWorker
    from guildbase.services.loops import BackgroundLoops

    loops = guildbase_bot.services.get(BackgroundLoops)
    loops.start("due-work", DueWorker(guildbase_bot.services, poll=0.1).run)
    yield
    await loops.stop("due-work")


@pytest_asyncio.fixture
async def guildbase_api(guildbase_bot: GuildbaseBot) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the HTTP API below `/api/v1`, with the key; it shares the bot's services."""
    from guildbase.testing.running import api_client

    async with api_client(guildbase_bot.services) as client:
        yield client
