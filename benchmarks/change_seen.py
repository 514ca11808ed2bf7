"""How long until a change of settings, committed in one process, is in the memory of another, against a bare PUBLISH.

Ours begins when `GuildController.configure` has committed in the other process, and ends when `peek` here gives the new
snapshot: the message and the read of PostgreSQL are in it. The base is the time from before a PUBLISH of redis-py in
that same process to the message's arrival at a subscriber here. It comes after a commit, too: after some milliseconds
of rest every process of a chain takes longer to wake up, and a tight loop of PUBLISH alone would not have that.

Guards: every change is another prefix, and reads go on after it was seen; one that gives an older prefix ends the run.
Gate is the median of the wall times, because nothing else tells of a delay; both processes share the machine's clock.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.partners import Partner, partner
from benchmarks.postgresql import durable_server
from benchmarks.verdicts import Comparison
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.assembly import assemble
from guildbase.services.cache.redis import INVALIDATED
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
        yield [Case("change", _change(services.get(GuildController), pubsub, changer)), Case("PUBLISH", bare)]


async def _until_live(pubsub: PubSub) -> None:
    live = asyncio.Event()
    pubsub.on_gap(lambda: live.set() if pubsub.is_live else None)
    if not pubsub.is_live:
        await live.wait()


def _change(guilds: GuildController, pubsub: PubSub, changer: Partner) -> Measure:
    count, heard = 0, asyncio.Event()
    pubsub.subscribe(INVALIDATED, lambda _message: heard.set())

    async def one() -> float:
        nonlocal count
        count += 1
        wanted = f"p{count}"
        await guilds.load(GUILD)
        heard.clear()
        changer.tell(f"change {wanted}")
        while guilds.peek(GUILD) is not None:
            # Waits for messages as the base does; a loop that looks would take the core that the servers need.
            await heard.wait()
            heard.clear()
        while guilds.peek(GUILD) is None:
            await guilds.load(GUILD)
        seen = time.monotonic()
        committed = float(await changer.line())
        for _ in range(LATER_READS):
            if (guilds.peek(GUILD) or await guilds.load(GUILD)).prefix != wanted:
                raise AssertionError("An old prefix came back.")
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
    (Comparison("a change seen elsewhere", "change", "PUBLISH", Figure.WALL, Aim.COST, 10, 3),),
    rounds=9,
)
