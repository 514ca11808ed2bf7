"""What it costs to read a setting of a guild that is in memory, against a bare dict, Red's Config and Redis.

Ours is `GuildController.peek(guild).prefix`, and for a feature's typed settings `peek(guild).get(Model).field`. The
dict's is `documents[guild]["prefix"]`, which checks nothing and knows no default. Red's is
`await config.guild_from_id(guild).prefix()` of its JSON driver, which holds all in memory too, in a process of its own.
Redis's is a GET of the guild's document of 2 KB with redis-py and hiredis, decoded by orjson, on the same loop.

Guards: 500 guilds in turn on all sides, every value compared, warm everywhere. Gate is the CPU time of the reading
process; Redis's own is not counted. Where Red cannot be installed its comparison is left out, and that is said.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

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
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.platform.permissions.schemas import PermissionSettings
from guildbase.services.assembly import assemble
from guildbase.testing.valkey import ValkeyProcess

Measure = Callable[[], Awaitable[Sample]]

GUILDS = 500
READS = 500_000
RED_READS = 5_000
REDIS_READS = 2_000
PREFIXES = {((number + 1_000) << 42) + number: f"p{number}" for number in range(GUILDS)}
AUDITS = {guild: ("all", "refusals", "off")[number % 3] for number, guild in enumerate(PREFIXES)}
WANTED = list(PREFIXES) * (READS // GUILDS)


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
        controller = await _guilds(stack, folder)
        cases = [
            Case("peek", _peek(controller)),
            Case("setting", _setting(controller)),
            Case("dict", _dict(documents)),
            Case("Redis GET", await _redis(stack, documents)),
        ]
        try:
            red = await stack.enter_async_context(red_reader(folder, documents))
        except NoRed as reason:
            sys.stderr.write(f"hot-read: not compared with Red: {reason}\n")
        else:
            cases.append(Case("Red", lambda: red.read(RED_READS)))
        yield cases


async def _guilds(stack: AsyncExitStack, folder: Path) -> GuildController:
    """Return the controller of a process that has all guilds in memory, each with settings of its own."""
    template = DatabaseTemplate(folder)
    await asyncio.to_thread(template.migrate)
    services = assemble(Settings(database_url=template.copy()), FeatureRegistry.discover())
    stack.push_async_callback(services.close)
    controller, settings = services.get(GuildController), services.get(ConfigurationController)
    await controller.reconcile(set(PREFIXES), gone=set())
    for guild, prefix in PREFIXES.items():
        await settings.change(SYSTEM, guild, "guilds", {"prefix": prefix})
        await settings.change(SYSTEM, guild, "permissions", {"permission_audit": AUDITS[guild]})
    await controller.warm(PREFIXES)
    return controller


def _peek(controller: GuildController) -> Measure:
    async def read() -> Sample:
        peek = controller.peek
        letters = 0
        wall, cpu = time.perf_counter(), time.process_time()
        for guild in WANTED:
            letters += len(peek(guild).prefix)  # type: ignore[union-attr]
        sample = cost_of_one(wall, cpu, READS)
        if letters != _letters(PREFIXES) or any(peek(guild).prefix != prefix for guild, prefix in PREFIXES.items()):  # type: ignore[union-attr]
            raise AssertionError("A prefix is not what was stored.")
        return sample

    return read


def _setting(controller: GuildController) -> Measure:
    async def read() -> Sample:
        peek = controller.peek
        letters = 0
        wall, cpu = time.perf_counter(), time.process_time()
        for guild in WANTED:
            letters += len(peek(guild).get(PermissionSettings).permission_audit)  # type: ignore[union-attr]
        sample = cost_of_one(wall, cpu, READS)
        found = {guild: peek(guild).get(PermissionSettings).permission_audit for guild in AUDITS}  # type: ignore[union-attr]
        if letters != _letters(AUDITS) or found != AUDITS:
            raise AssertionError("A setting is not what was stored.")
        return sample

    return read


def _dict(documents: Mapping[int, Any]) -> Measure:
    async def read() -> Sample:
        letters = 0
        wall, cpu = time.perf_counter(), time.process_time()
        for guild in WANTED:
            letters += len(documents[guild]["prefix"])
        sample = cost_of_one(wall, cpu, READS)
        if letters != _letters(PREFIXES):
            raise AssertionError("A prefix is not what was stored.")
        return sample

    return read


def _letters(values: Mapping[int, str]) -> int:
    return sum(map(len, values.values())) * (READS // GUILDS)


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
        sample = cost_of_one(wall, cpu, REDIS_READS)
        if found != [PREFIXES[guild] for guild in wanted]:
            raise AssertionError("A prefix is not what was stored.")
        return sample

    return read


def cost_of_one(wall: float, cpu: float, count: int) -> Sample:
    """Return what one of so many took since these moments."""
    return {Figure.WALL: (time.perf_counter() - wall) / count, Figure.CPU: (time.process_time() - cpu) / count}


BENCHMARK = Benchmark(
    "hot-read",
    prepare,
    (
        Comparison("a setting in memory", "peek", "Red", Figure.CPU, Aim.SPEED, 80, 150),
        Comparison("a typed setting in memory", "setting", "Red", Figure.CPU, Aim.SPEED, 30, 60),
        Comparison("a typed setting in memory", "setting", "dict", Figure.CPU, Aim.COST, 6, 4),
        Comparison("a setting in memory", "peek", "Redis GET", Figure.CPU, Aim.SPEED, 500, 900),
    ),
    rounds=9,
)
