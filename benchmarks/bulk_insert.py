"""A thousand rows at once: `insert_many` of a model, which validates each, against quicker ways that check nothing.

The rows are cases. The bases are SQLAlchemy's Core with a list of rows, asyncpg's `executemany`, and COPY, which is the
quickest way into PostgreSQL that there is; all in one transaction on a server that syncs its commits.

Guards: the same rows on all sides, each time for a new guild; afterwards every sample's rows are counted, and those of
the first guild of each way compared. Gate is the CPU time of this process.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import insert

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.postgresql import durable_server, raw_pool
from benchmarks.verdicts import Comparison
from guildbase.core.snowflake import SnowflakeMaker
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation.kinds import CaseState, CaseType, NoticeState
from guildbase.features.moderation.models import ModerationCase

ROWS = 1_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
Rows = list[dict[str, Any]]


class Ways:
    """The ways to store a thousand cases, and the guilds that each has filled."""

    def __init__(self, database: DatabaseManager, pool: asyncpg.Pool) -> None:
        self._database = database
        self._pool = pool
        self._new_id = SnowflakeMaker()
        self.filled: dict[str, list[int]] = {}

    def cases(self) -> list[Case]:
        """Return one case a way."""
        ways = {
            "insert_many": self._insert_many,
            "Core": self._core,
            "executemany": self._executemany,
            "COPY": self._copy,
        }
        return [self._case(name, way) for name, way in ways.items()]

    async def check(self) -> None:
        """Raise AssertionError unless every way stored every row, and the same ones."""
        stored = set()
        for guilds in self.filled.values():
            for guild_id in guilds:
                count = await self._pool.fetchval("SELECT count(*) FROM moderation_case WHERE guild_id = $1", guild_id)
                if count != ROWS:
                    raise AssertionError(f"{count} rows where {ROWS} were to be.")
            rows = await self._pool.fetch(
                "SELECT * FROM moderation_case WHERE guild_id = $1 ORDER BY number", guilds[0]
            )
            stored.add(repr([{**row, "guild_id": 0} for row in rows]))
        if len(stored) != 1:
            raise AssertionError("The ways stored different rows.")

    def _case(self, name: str, way: Callable[[Rows], Awaitable[None]]) -> Case:
        async def measure() -> Sample:
            guild_id = self._new_id()
            self.filled.setdefault(name, []).append(guild_id)
            await self._pool.execute("INSERT INTO guild (guild_id, joined_at) VALUES ($1, now())", guild_id)
            rows = _rows(guild_id)
            wall, cpu = time.perf_counter(), time.process_time()
            await way(rows)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            return {Figure.WALL: wall / ROWS, Figure.CPU: cpu / ROWS}

        return Case(name, measure)

    async def _insert_many(self, rows: Rows) -> None:
        async with self._database.transaction() as work:
            await ModerationCase.insert_many(work.session, rows)

    async def _core(self, rows: Rows) -> None:
        async with self._database.transaction() as work:
            await (await work.session.connection()).execute(insert(ModerationCase.__table__), rows)

    async def _executemany(self, rows: Rows) -> None:
        names = list(rows[0])
        places = ", ".join(f"${number}" for number in range(1, len(names) + 1))
        statement = f"INSERT INTO moderation_case ({', '.join(names)}) VALUES ({places})"  # noqa: S608
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.executemany(statement, [tuple(row.values()) for row in rows])

    async def _copy(self, rows: Rows) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            records = [tuple(row.values()) for row in rows]
            await connection.copy_records_to_table("moderation_case", records=records, columns=list(rows[0]))


def _rows(guild_id: int) -> Rows:
    return [
        {
            "created_at": NOW,
            "updated_at": NOW,
            "guild_id": guild_id,
            "number": number,
            "case_type": CaseType.WARN,
            "state": CaseState.OPEN,
            "notice": NoticeState.PENDING,
            "target_id": (number << 22) + 1,
            "target_name": f"Member {number}",
            "moderator_id": 1 << 40,
            "moderator_name": "Mo Moderator",
            "reason": f"Spam in channel {number}",
            "request_id": (number << 22) + 2,
        }
        for number in range(1, ROWS + 1)
    ]


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a server with an empty database."""
    async with durable_server() as server:
        url = await server.database()
        database = DatabaseManager(url)
        try:
            async with raw_pool(url) as pool:
                ways = Ways(database, pool)
                yield ways.cases()
                await ways.check()
        finally:
            await database.close()


BENCHMARK = Benchmark(
    "bulk",
    prepare,
    (
        Comparison("1,000 rows, validated", "insert_many", "Core", Figure.CPU, Aim.SPEED, 0.4, 0.7),
        Comparison("1,000 rows, validated", "insert_many", "executemany", Figure.CPU, Aim.SPEED, 0.12, 0.3),
        Comparison("1,000 rows, validated", "insert_many", "COPY", Figure.CPU, Aim.SPEED, 0.08, 0.2),
    ),
    rounds=9,
)
