"""What it costs to read a setting of a guild that is in memory, against Red's Config and against Redis.

Ours is `GuildController.peek(guild).prefix`. Red's is `await config.guild_from_id(guild).prefix()` of its JSON driver,
which holds all in memory too, in a process of its own. Redis's is a GET of the guild's document of 2 KB with redis-py
and hiredis, decoded by orjson, on the same loop.

Guards: 500 guilds in turn on all sides, every prefix compared, warm everywhere. Gate is the CPU time of the reading
process; Redis's own is not counted. Where Red cannot be installed its comparison is left out, and that is said.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import orjson
from redis.asyncio import Redis

from benchmarks.benchmark import Benchmark
from benchmarks.database import DatabaseTemplate
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.red import NoRed, red_reader
from benchmarks.verdicts import Comparison
from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.assembly import assemble
from guildbase.testing.valkey import ValkeyProcess

Measure = Callable[[], Awaitable[Sample]]

GUILDS = 500
READS = 500_000
RED_READS = 5_000
REDIS_READS = 2_000
PREFIXES = {((number + 1_000) << 42) + number: f"p{number}" for number in range(GUILDS)}


def _document(prefix: str) -> dict[str, object]:
    """Return the settings of a guild as one document of about 2 KB."""
    rules = [{"id": number, "words": ["one", "two", "three"], "action": "delete"} for number in range(24)]
    return {"prefix": prefix, "locale": "en-US", "log": "1128754567890123457", "rules": rules, "welcome": "Hi " * 60}


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Store the guilds on all three sides."""
    documents: dict[int, object] = {guild: _document(prefix) for guild, prefix in PREFIXES.items()}
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cases = [
            Case("peek", await _ours(stack, folder)),
            Case("Redis GET", await _redis(stack, documents)),
        ]
        try:
            red = await stack.enter_async_context(red_reader(folder, documents))
        except NoRed as reason:
            sys.stderr.write(f"hot-read: not compared with Red: {reason}\n")
        else:
            cases.append(Case("Red", lambda: red.read(RED_READS)))
        yield cases


async def _ours(stack: AsyncExitStack, folder: Path) -> Measure:
    template = DatabaseTemplate(folder)
    await asyncio.to_thread(template.migrate)
    services = assemble(Settings(database_url=template.copy()), FeatureRegistry.discover())
    stack.push_async_callback(services.close)
    controller = services.get(GuildController)
    await controller.reconcile(set(PREFIXES), gone=set())
    for guild, prefix in PREFIXES.items():
        await controller.configure(SYSTEM, guild, prefix=prefix)
    await controller.warm(PREFIXES)
    wanted = list(PREFIXES) * (READS // GUILDS)
    expected = sum(map(len, PREFIXES.values())) * (READS // GUILDS)

    async def read() -> Sample:
        peek = controller.peek
        letters = 0
        wall, cpu = time.perf_counter(), time.process_time()
        for guild in wanted:
            letters += len(peek(guild).prefix)  # type: ignore[union-attr]
        sample = _cost(wall, cpu, READS)
        if letters != expected or any(peek(guild).prefix != prefix for guild, prefix in PREFIXES.items()):  # type: ignore[union-attr]
            raise AssertionError("A prefix is not what was stored.")
        return sample

    return read


async def _redis(stack: AsyncExitStack, documents: dict[int, object]) -> Measure:
    server = ValkeyProcess()
    stack.callback(server.stop)
    client = Redis.from_url(server.url)
    stack.push_async_callback(client.aclose)
    for guild, document in documents.items():
        await client.set(str(guild), orjson.dumps(document))
    wanted = list(PREFIXES) * (REDIS_READS // GUILDS)

    async def read() -> Sample:
        found = list[str]()
        wall, cpu = time.perf_counter(), time.process_time()
        for guild in wanted:
            found.append(orjson.loads(await client.get(str(guild)) or b"{}")["prefix"])
        sample = _cost(wall, cpu, REDIS_READS)
        if found != [PREFIXES[guild] for guild in wanted]:
            raise AssertionError("A prefix is not what was stored.")
        return sample

    return read


def _cost(wall: float, cpu: float, count: int) -> Sample:
    return {Figure.WALL: (time.perf_counter() - wall) / count, Figure.CPU: (time.process_time() - cpu) / count}


BENCHMARK = Benchmark(
    "hot-read",
    prepare,
    (
        Comparison("a setting in memory", "peek", "Red", Figure.CPU, Aim.SPEED, 80, 150),
        Comparison("a setting in memory", "peek", "Redis GET", Figure.CPU, Aim.SPEED, 500, 900),
    ),
    rounds=9,
)
