"""What it costs to make up and store a history, against the COPY of the very same rows by asyncpg.

Ours is what `guildbase db seed` does: every feature derives its rows from the seed, each value gets the form that the
driver takes, and COPY sends them in batches. The base has all rows ready in memory and sends each table at once.

Guards: both sides store as many rows in every table, on a server that syncs its commits; a digest over all columns of
the cases and the memberships must be the same on both sides.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import orjson

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.postgresql import durable_server
from benchmarks.verdicts import Comparison
from guildbase.cli.db.seed import store
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.services.seeding import SeedWorld

WORLD = SeedWorld(guild_count=50, member_count=40_000, message_count=800_000)
DIGESTS = (
    "SELECT md5(string_agg(member::text, '' ORDER BY guild_id, user_id)) FROM member",
    "SELECT md5(string_agg(moderation_case::text, '' ORDER BY guild_id, number)) FROM moderation_case",
)


class Raw:
    """The base: rows as the driver takes them, table by table."""

    def __init__(self, registry: FeatureRegistry) -> None:
        self.tables: list[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]] = []
        # What a world works out once belongs to ours, so the base has a world of its own.
        world = SeedWorld(WORLD.guild_count, WORLD.member_count, WORLD.message_count)
        for _, module in registry.modules("seeds"):
            for made in module.seed(world):
                rows = [tuple(map(_plain, row)) for row in made.rows]
                self.tables.append((str(made.model.__table__.name), made.columns, rows))

    @property
    def count(self) -> int:
        """Number of all rows."""
        return sum(len(rows) for _, _, rows in self.tables)

    async def store(self, url: str) -> None:
        """Send everything in one transaction."""
        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction():
                for table, columns, rows in self.tables:
                    await connection.copy_records_to_table(table, records=rows, columns=columns)
        finally:
            await connection.close()


async def store_ours(url: str, registry: FeatureRegistry) -> None:
    """Make everything up and store it, as the command does."""
    database = DatabaseManager(url)
    world = SeedWorld(WORLD.guild_count, WORLD.member_count, WORLD.message_count)
    try:
        async with database.transaction() as work:
            async for _ in store(work.session, registry, world):
                pass
    finally:
        await database.close()


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return orjson.dumps(value).decode() if isinstance(value, dict) else value


async def _measured(work: Callable[[], Awaitable[None]], url: str, raw: Raw, digests: set[tuple[str, ...]]) -> Sample:
    """Measure the work on empty tables, and check what it stored."""
    connection = await asyncpg.connect(url)
    try:
        names = ", ".join(table for table, _, _ in raw.tables)
        await connection.execute(f"TRUNCATE {names} CASCADE")
        wall, cpu = time.perf_counter(), time.process_time()
        await work()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        for table, _, rows in raw.tables:
            stored = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - the names are ours.
            if stored != len(rows):
                raise AssertionError(f"{table} has {stored} rows, not {len(rows)}.")
        digests.add(tuple([str(await connection.fetchval(digest)) for digest in DIGESTS]))
        if len(digests) != 1:
            raise AssertionError("The two sides stored different rows.")
    finally:
        await connection.close()
    return {Figure.WALL: wall / raw.count, Figure.CPU: cpu / raw.count}


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a server, and make the base's rows."""
    registry = FeatureRegistry.discover()
    raw, digests = Raw(registry), set[tuple[str, ...]]()
    async with durable_server() as server:
        ours, base = await server.database(), await server.database()
        yield [
            Case("db seed", lambda: _measured(lambda: store_ours(ours, registry), ours, raw, digests)),
            Case("raw COPY", lambda: _measured(lambda: raw.store(base), base, raw, digests)),
        ]


BENCHMARK = Benchmark(
    "seeding",
    prepare,
    (Comparison("seeded rows", "db seed", "raw COPY", Figure.WALL, Aim.SPEED, floor=0.25, ambition=0.4),),
    rounds=7,
)
