"""An unmodified discord.py bot on two shards, connected to a simulator; each test has a guild of its own."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord.ext import commands

from guildbase.simulator import GatewaySettings, ScriptedGuild, Simulator

Answer = tuple[int, Any, Any]
Api = Callable[..., Awaitable[Answer]]


class Bot(commands.AutoShardedBot):
    """A bot that may identify at once and remembers what it was told."""

    def __init__(self, intents: discord.Intents | None = None, **options: Any) -> None:
        super().__init__(
            command_prefix="!", intents=intents or discord.Intents.all(), guild_ready_timeout=0.05, **options
        )
        self.raw: list[dict[str, Any]] = []
        self.told = asyncio.Condition()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Skip the five seconds that the stock hook sleeps."""

    async def on_socket_event_type(self, event: str) -> None:
        async with self.told:
            self.told.notify_all()

    async def on_socket_raw_receive(self, text: str) -> None:
        self.raw.append(discord.utils._from_json(text))
        async with self.told:
            self.told.notify_all()

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the payloads of all events of that name so far."""
        return [it["d"] for it in self.raw if it.get("t") == name]

    def last(self, name: str) -> dict[str, Any]:
        """Return the latest payload of that event; empty if there was none."""
        return next(iter(self.events(name)[::-1]), {})

    async def caught_up(self, sim: Simulator) -> None:
        """Wait until the bot has heard all that was sent to it."""

        def heard() -> bool:
            shards = {it.shard[0]: it.sequence for it in sim.hub.sessions()}
            return all(self.shards[it]._parent.ws.sequence == sequence for it, sequence in shards.items())

        await self.until(heard)
        await asyncio.sleep(0)  # What was heard last is noted by a task that has just been made.

    async def until(self, look: Callable[[], Any], timeout: float = 5.0) -> Any:
        """Wait for a condition that a gateway event makes true."""
        async with asyncio.timeout(timeout), self.told:
            await self.told.wait_for(look)
        return look()


@contextmanager
def pointed_at(sim: Simulator) -> Iterator[None]:
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    discord.http.Route.BASE = sim.base_url
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(sim.gateway_url)
    try:
        yield
    finally:
        discord.http.Route.BASE = base
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway


@asynccontextmanager
async def connected(sim: Simulator, bot: Bot) -> AsyncIterator[Bot]:
    with pointed_at(sim):
        # Only after the login may one wait for the rest.
        await bot.login(sim.token)
        task = asyncio.create_task(bot.connect())
        try:
            await asyncio.wait_for(bot.wait_until_ready(), 10)
            yield bot
        finally:
            await bot.close()
            await asyncio.wait([task])


@pytest.fixture(scope="session")
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(shards=2, gateway=GatewaySettings(identify_interval=0.0)) as running:
        running.guild("First", shard=0)
        running.guild("Second", shard=1)
        yield running


@pytest.fixture(autouse=True)
def present(sim: Simulator) -> Iterator[None]:
    """Bring Discord's clock back to the present after a test that put it forward, since all tests share it."""
    clock, ids = sim.world.clock, sim.world.new_id
    before, ahead, last = clock._since_1970, clock.ahead, min(ids._last_ms, int(clock.time() * 1000))
    # What a test before made by its own clock, such as a world from a file, must not date this one's ids either.
    ids._last_ms = last
    yield
    clock._since_1970, clock.ahead = before, ahead
    # Ids never go back by themselves, and what has one of the future would be the newest for a long time.
    ids._last_ms = last


@pytest.fixture(autouse=True)
def pointed(sim: Simulator) -> Iterator[None]:
    """Point discord.py here for each test anew: other folders point it at simulators of their own."""
    with pointed_at(sim):
        yield


@pytest.fixture(scope="session")
async def bot(sim: Simulator) -> AsyncIterator[Bot]:
    running = Bot(enable_debug_events=True)
    with pointed_at(sim):
        await running.login(sim.token)
    task = asyncio.create_task(running.connect())
    try:
        with pointed_at(sim):
            await asyncio.wait_for(running.wait_until_ready(), 10)
        yield running
    finally:
        await running.close()
        await asyncio.wait([task])


_numbers = itertools.count(1)


@pytest.fixture
async def guild(sim: Simulator, bot: Bot) -> ScriptedGuild:
    """A fresh guild that the bot knows of; it has forgotten what happened in other tests."""
    await bot.caught_up(sim)
    bot.raw.clear()
    made = sim.guild(f"Guild {next(_numbers)}")
    await bot.until(lambda: bot.get_guild(made.id))
    return made


@pytest.fixture
def there(bot: Bot, guild: ScriptedGuild) -> discord.Guild:
    """The fresh guild as discord.py sees it."""
    found = bot.get_guild(guild.id)
    assert found is not None
    return found


@pytest.fixture
def general(there: discord.Guild) -> discord.TextChannel:
    return discord.utils.get(there.text_channels, name="general")  # type: ignore[return-value]


@asynccontextmanager
async def calling(sim: Simulator) -> AsyncIterator[Api]:
    """Call the API without a library in between."""
    async with aiohttp.ClientSession() as session:

        async def call(method: str, path: str, body: Any = None, **options: Any) -> Answer:
            headers = {"Authorization": f"Bot {sim.token}"} | options.pop("headers", {})
            extra = {} if body is None else {"json": body}
            async with session.request(method, sim.base_url + path, headers=headers, **extra, **options) as answer:
                content = await answer.json(content_type=None) if answer.status != 204 else None
                return answer.status, content, answer.headers

        yield call


@pytest.fixture(scope="session")
async def api(sim: Simulator) -> AsyncIterator[Api]:
    async with calling(sim) as call:
        yield call


@pytest.fixture(scope="session")
def run() -> Any:
    """Simulators and bots beside the shared ones."""
    return Runner


class Runner:
    """What tests of the gateway need to start for themselves."""

    Bot = Bot
    connected = staticmethod(connected)
    calling = staticmethod(calling)
    pointed_at = staticmethod(pointed_at)
