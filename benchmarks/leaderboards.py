"""What a rank and a page of a leaderboard cost, against the bare commands of Redis; and what it costs to make a copy.

Ours is the service `Leaderboards`: one script decides that the copy is complete and knows all changes, then answers.
The base is redis-py alone: ZREVRANK, and ZREVRANGE with scores, on a sorted set of the same members. A copy is made
from 50,000 rows in PostgreSQL, against a SELECT through asyncpg's cursor and ZADD in pipelines.

Guards: every rank and page of both sides is compared with the order of the scores, which PostgreSQL's `rank()` must
give too; every answer of ours came from the copy; sizes are counted after each rebuild. The gate is the CPU time of
this process: a round trip's wall time is mostly the system's.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from redis.asyncio import Redis
from sqlalchemy import BigInteger, MetaData
from sqlalchemy.orm import registry
from sqlmodel import Field, col

from benchmarks.benchmark import Benchmark
from benchmarks.callers import drive
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.postgresql import durable_server, raw_pool
from benchmarks.verdicts import Comparison
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.base import NAMING, Base
from guildbase.database.types import Snowflake, snowflake_key
from guildbase.services.assembly import assemble
from guildbase.services.leaderboards import Board, Leaderboards
from guildbase.services.redis import RedisConnection
from guildbase.testing.valkey import ValkeyProcess

SIZES = {"1k": 1_000, "1M": 1_000_000}
REBUILT = 50_000
ASKED = 500  # questions of one sample
PAGE = 10
CHUNK = 1_000
FIRST_MEMBER = 1 << 60
STEP = 7_919  # Prime, so that no two scores of a guild are the same.


class RankedBase(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Apart from Guildbase's own tables."""


class Ranked(RankedBase, table=True):
    """What is ranked."""

    guild_id: Snowflake = snowflake_key()
    user_id: Snowflake = snowflake_key()
    xp: int = Field(sa_type=BigInteger)


BOARD = Board("xp", guild=col(Ranked.guild_id), member=col(Ranked.user_id), score=col(Ranked.xp))


def scores(size: int) -> list[tuple[int, int]]:
    """Return the members of a guild of that size with their scores, which are all different."""
    return [(FIRST_MEMBER + index, index * STEP % size) for index in range(size)]


class Rig:
    """The same members on both sides: the guild's id is its size."""

    def __init__(self, leaderboards: Leaderboards, redis: RedisConnection, pool: asyncpg.Pool) -> None:
        self.boards = leaderboards
        self.redis = redis
        self.pool = pool
        # Patient, because its pipelines of ten thousand rows may take a while on a busy machine.
        self.raw: Redis = redis.new_client(socket_timeout=30)
        self._dice = random.Random(9)

    async def store(self, size: int) -> None:
        """Write the guild's rows."""
        await self.pool.copy_records_to_table("ranked", records=[(size, *row) for row in scores(size)])

    async def ours(self, size: int) -> None:
        """Make our copy; a server that stands still for a quarter of a second counts as away, so there is a repeat."""
        for _ in range(20):
            if await self.boards.build(BOARD, size):
                return
            await asyncio.sleep(1)
        raise AssertionError("The copy was not made.")

    async def theirs(self, size: int) -> None:
        """Make the base's sorted set, in the quickest plain way."""
        key = f"raw:{size}"
        await self.raw.unlink(key)
        async with self.pool.acquire() as connection, connection.transaction():
            cursor = await connection.cursor("SELECT user_id, xp FROM ranked WHERE guild_id = $1", size)
            while rows := await cursor.fetch(10 * CHUNK):
                async with self.raw.pipeline(transaction=False) as pipeline:
                    for start in range(0, len(rows), CHUNK):
                        pipeline.zadd(key, dict(map(tuple, rows[start : start + CHUNK])))
                    await pipeline.execute()

    def members(self, size: int) -> list[tuple[int, int]]:
        """Return members to ask for, with the rank that must come out."""
        chosen = self._dice.choices(range(size), k=ASKED)
        return [(FIRST_MEMBER + index, size - index * STEP % size) for index in chosen]

    async def check_with_sql(self, size: int) -> None:
        """Compare the ranks that are expected of both sides with the database's."""
        ranks = "SELECT user_id, rank() OVER (ORDER BY xp DESC) FROM ranked WHERE guild_id = $1"
        found = dict(map(tuple, await self.pool.fetch(ranks, size)))
        if any(found[member] != rank for member, rank in self.members(size)):
            raise AssertionError("These are not the ranks of SQL.")


def _rank_cases(rig: Rig, name: str, size: int) -> list[Case]:
    async def ours() -> Sample:
        before = rig.boards.counts["copy"]

        async def ask(wanted: tuple[int, int]) -> None:
            if await rig.boards.rank(BOARD, size, wanted[0]) != wanted[1]:
                raise AssertionError("A rank is wrong.")

        sample = await drive(rig.members(size), ask, callers=1)
        if rig.boards.counts["copy"] - before != ASKED:
            raise AssertionError("The database was asked.")
        return sample

    async def theirs() -> Sample:
        async def ask(wanted: tuple[int, int]) -> None:
            if await rig.raw.zrevrank(f"raw:{size}", str(wanted[0])) != wanted[1] - 1:
                raise AssertionError("A rank is wrong.")

        return await drive(rig.members(size), ask, callers=1)

    return [Case(f"rank of {name}", ours), Case(f"ZREVRANK of {name}", theirs)]


def _page_cases(rig: Rig, name: str, size: int) -> list[Case]:
    async def ours() -> Sample:
        async def ask(wanted: tuple[int, int]) -> None:
            start = min(wanted[1] - 1, size - PAGE)
            page = await rig.boards.page(BOARD, size, start=start, count=PAGE)
            _check([place.score for place in page.places], size, start)

        return await drive(rig.members(size), ask, callers=1)

    async def theirs() -> Sample:
        async def ask(wanted: tuple[int, int]) -> None:
            start = min(wanted[1] - 1, size - PAGE)
            page: Any = await rig.raw.zrevrange(f"raw:{size}", start, start + PAGE - 1, withscores=True)
            _check([int(score) for _, score in page], size, start)

        return await drive(rig.members(size), ask, callers=1)

    return [Case(f"page of {name}", ours), Case(f"ZREVRANGE of {name}", theirs)]


def _check(found: list[int], size: int, start: int) -> None:
    if found != list(range(size - 1 - start, size - 1 - start - PAGE, -1)):
        raise AssertionError("A page is wrong.")


def _rebuild_cases(rig: Rig) -> list[Case]:
    async def ours() -> Sample:
        await rig.boards.drop(REBUILT)
        began, cpu = time.perf_counter(), time.process_time()
        await rig.ours(REBUILT)
        sample = {Figure.WALL: time.perf_counter() - began, Figure.CPU: time.process_time() - cpu}
        if (await rig.boards.page(BOARD, REBUILT)).size != REBUILT:
            raise AssertionError("Members are missing.")
        return sample

    async def theirs() -> Sample:
        began, cpu = time.perf_counter(), time.process_time()
        await rig.theirs(REBUILT)
        sample = {Figure.WALL: time.perf_counter() - began, Figure.CPU: time.process_time() - cpu}
        if await rig.raw.zcard(f"raw:{REBUILT}") != REBUILT:
            raise AssertionError("Members are missing.")
        return sample

    return [Case("new copy", ours), Case("SELECT and ZADD", theirs)]


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start both servers, and fill them with a guild of a thousand and one of a million."""
    server = ValkeyProcess()
    try:
        async with durable_server() as postgres:
            url = await postgres.database()
            services = assemble(Settings(database_url=url, redis_url=server.url), FeatureRegistry.discover())  # type: ignore[arg-type]
            try:
                async with raw_pool(url) as pool:
                    await pool.execute("CREATE TABLE ranked (guild_id bigint, user_id bigint, xp bigint)")
                    rig = Rig(services.get(Leaderboards), services.get(RedisConnection), pool)
                    for size in (*SIZES.values(), REBUILT):
                        await rig.store(size)
                    await pool.execute("CREATE UNIQUE INDEX ON ranked (guild_id, user_id)")
                    await pool.execute("ANALYZE")
                    cases = _rebuild_cases(rig)
                    for name, size in SIZES.items():
                        await rig.ours(size)
                        await rig.theirs(size)
                        await rig.check_with_sql(size)
                        cases += _rank_cases(rig, name, size) + _page_cases(rig, name, size)
                    yield cases
                    await rig.raw.aclose()
            finally:
                await services.close()
    finally:
        server.stop()


BENCHMARK = Benchmark(
    "leaderboards",
    prepare,
    (
        Comparison("rank, 1k members", "rank of 1k", "ZREVRANK of 1k", Figure.CPU, Aim.SPEED, 0.5, 0.8),
        Comparison("rank, 1M members", "rank of 1M", "ZREVRANK of 1M", Figure.CPU, Aim.SPEED, 0.5, 0.8),
        Comparison("page, 1k members", "page of 1k", "ZREVRANGE of 1k", Figure.CPU, Aim.SPEED, 0.5, 0.8),
        Comparison("page, 1M members", "page of 1M", "ZREVRANGE of 1M", Figure.CPU, Aim.SPEED, 0.5, 0.8),
        Comparison("rank, 1M against 1k", "rank of 1M", "rank of 1k", Figure.CPU, Aim.COST, 1.5, 1.2),
        Comparison("page, 1M against 1k", "page of 1M", "page of 1k", Figure.CPU, Aim.COST, 1.5, 1.2),
        Comparison("leaderboard copied", "new copy", "SELECT and ZADD", Figure.CPU, Aim.SPEED, 0.4, 0.8),
    ),
    rounds=9,
)
