"""How long until a change of settings, committed in one process, counts in another, against a bare PUBLISH of Redis.

Ours begins when `GuildController.configure` has committed in the other process, and ends when `peek` here gives the new
snapshot: the message and the read of PostgreSQL are in it. The other begins when `ConfigurationController.change` has
committed a command's switch there, and ends when the gate of commands here judges by it. The base is the time from
before a PUBLISH of redis-py in that same process to the message's arrival at a subscriber here. It comes after a
commit, too: after some milliseconds of rest every process of a chain takes longer to wake up, and a tight loop of
PUBLISH alone would not have that.

Guards: every change is another prefix or verdict, and reads go on after it was seen; an older one ends the run.
Gate is the median of the wall times, because nothing else tells of a delay; both processes share the machine's clock.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.partners import Partner, partner
from benchmarks.postgresql import durable_server
from benchmarks.verdicts import Comparison
from guildbase.core.ports import CommandGate, CommandUse, GuildSnapshot
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.assembly import assemble
from guildbase.services.cache.redis import INVALIDATED
from guildbase.services.container import BotServices
from guildbase.services.pubsub import PubSub
from guildbase.services.redis import RedisConnection
from guildbase.testing.valkey import ValkeyProcess

Measure = Callable[[], Awaitable[Sample]]

GUILD = (1_000 << 42) + 1
CHANGES = 100  # of one sample
LATER_READS = 20
NAMESPACE, CHANNEL = "seen", "bare"


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start the servers and the process that makes the changes."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(durable_server())
        valkey = ValkeyProcess()
        stack.callback(valkey.stop)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await server.database()
        arguments = (url, valkey.url, NAMESPACE, GUILD, CHANNEL)
        changer = await stack.enter_async_context(partner(folder, "benchmarks.bots.changer", *arguments))
        settings = Settings(
            database_url=url, redis_url=SecretStr(valkey.url), redis_namespace=NAMESPACE, redis_timeout=10
        )
        services = assemble(settings, FeatureRegistry.discover())
        stack.push_async_callback(services.close)
        pubsub = services.get(PubSub)
        await services.start()
        await _until_live(pubsub)
        bare = await _bare(stack, services.get(RedisConnection), changer)
        yield [
            Case("change", _seen(services, changer, _prefixes)),
            Case("switch", _seen(services, changer, _switches)),
            Case("PUBLISH", bare),
        ]


async def _until_live(pubsub: PubSub) -> None:
    live = asyncio.Event()
    pubsub.on_gap(lambda: live.set() if pubsub.is_live else None)
    if not pubsub.is_live:
        await live.wait()


@dataclass(frozen=True, slots=True)
class Change:
    """What the other process is told, and how it shows here that it counts."""

    told: str
    counts: Callable[[GuildSnapshot], bool]


def _prefixes(_services: BotServices) -> Iterator[Change]:
    """Yield changes of the prefix."""
    for number in itertools.count():
        prefix = f"p{number}"
        yield Change(f"change {prefix}", lambda snapshot, prefix=prefix: snapshot.prefix == prefix)  # type: ignore[misc]


def _switches(services: BotServices) -> Iterator[Change]:
    """Yield changes of a command that is switched off and on again."""
    gate, use = services.get(CommandGate), CommandUse("warn", "moderation", GUILD + 1, GUILD)
    for word, is_on in itertools.cycle((("off", False), ("on", True))):
        yield Change(f"switch {word}", lambda snapshot, is_on=is_on: gate.judge(use, snapshot).is_allowed is is_on)  # type: ignore[misc]


def _seen(services: BotServices, changer: Partner, changes: Callable[[BotServices], Iterator[Change]]) -> Measure:
    guilds, heard, wanted = services.get(GuildController), asyncio.Event(), changes(services)
    services.get(PubSub).subscribe(INVALIDATED, lambda _message: heard.set())

    async def one() -> float:
        change = next(wanted)
        if change.counts(await guilds.load(GUILD)):
            raise AssertionError("This was so before.")
        heard.clear()
        changer.tell(change.told)
        while guilds.peek(GUILD) is not None:
            # Waits for messages as the base does; a loop that looks would take the core that the servers need.
            await heard.wait()
            heard.clear()
        snapshot = None
        while snapshot is None or not change.counts(snapshot):
            snapshot = guilds.peek(GUILD) or await guilds.load(GUILD)
        seen = time.monotonic()
        committed = float(await changer.line())
        for _ in range(LATER_READS):
            if not change.counts(guilds.peek(GUILD) or await guilds.load(GUILD)):
                raise AssertionError("The old state came back.")
            await asyncio.sleep(0)
        return seen - committed

    async def measure() -> Sample:
        return {Figure.WALL: statistics.median([await one() for _ in range(CHANGES)])}

    return measure


async def _bare(stack: AsyncExitStack, redis: RedisConnection, changer: Partner) -> Measure:
    listening = stack.enter_async_context(redis.new_client(socket_timeout=None).pubsub())
    heard = await listening
    await heard.subscribe(CHANNEL)
    await heard.get_message(timeout=5)

    async def one() -> float:
        changer.tell("publish word")
        message = None
        while message is None:
            message = await heard.get_message(ignore_subscribe_messages=True, timeout=None)
        seen = time.monotonic()
        return seen - float(await changer.line())

    async def measure() -> Sample:
        return {Figure.WALL: statistics.median([await one() for _ in range(CHANGES)])}

    return measure


BENCHMARK = Benchmark(
    "change-seen",
    prepare,
    (
        Comparison("a change seen elsewhere", "change", "PUBLISH", Figure.WALL, Aim.COST, 10, 3),
        Comparison("a switch that counts elsewhere", "switch", "PUBLISH", Figure.WALL, Aim.COST, 12, 4),
    ),
    rounds=9,
)
