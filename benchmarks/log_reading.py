"""Whether reading a log stays quick when it grows: the same statements on 10,000 rows and on millions (B12).

Both databases hold the same 10,000 rows of one guild over a year, in the same twelve partitions; the large one holds
millions of other guilds' rows besides, a tenth of them in one busy guild. A sample reads pages of 50, the newest and
random ones, or the counts of 30 days by action. The statements are the controller's own, sent by asyncpg alone: our
Python costs the same on both sides, and would only hide what the server's growth does.

Guards: the pages and counts of the guild are compared between the databases, each page is full and in order. Gate is
CPU time, ours and that of the server's process for us. BENCHMARK_LOG_ROWS sets the number of rows (3,000,000).
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.log_rows import BUSY, MONTHS, NOW, QUIET, fill
from benchmarks.postgresql import durable_server, with_server_time
from benchmarks.verdicts import Comparison
from guildbase.core.time_ids import first_time_id
from guildbase.platform.telemetry import queries
from guildbase.platform.telemetry.queries import EVERYTHING

SMALL = 10_000
LARGE = int(os.environ.get("BENCHMARK_LOG_ROWS", "3000000"))
PAGE = 50
PAGES = 200  # of one sample
STATS = 20  # of one sample
SINCE, TODAY = NOW.date() - timedelta(days=29), NOW.date()

Statement = tuple[str, list[Any]]


class Reader:
    """Reads one database by asyncpg."""

    def __init__(self, connection: asyncpg.Connection, backend: int) -> None:
        self._connection = connection
        self._backend = backend
        self._random = Random(12)

    async def page(self, guild_id: int, before: UUID | None) -> list[UUID]:
        """Read one page and return its keys."""
        sql, values = _compiled(queries.entries(guild_id, EVERYTHING, before, PAGE))
        found = [row[0] for row in await self._connection.fetch(sql, *values)]
        if len(found) != PAGE or found != sorted(found, reverse=True):
            raise AssertionError("That is no page.")
        return found

    async def pages(self, guild_id: int) -> Sample:
        """Read many pages, every other one somewhere in the past."""
        span = NOW - MONTHS[1]
        moments = [NOW - span * self._random.random() for _ in range(PAGES // 2)]
        cursors = [cursor for moment in moments for cursor in (None, first_time_id(moment))]

        async def read() -> None:
            for cursor in cursors:
                await self.page(guild_id, cursor)

        return await with_server_time(self._backend, read, times=PAGES)

    async def counts(self) -> list[tuple[Any, ...]]:
        """Read the counts of 30 days, as the controller does."""
        [[last]] = await self._fetch(queries.LAST_ROLLED)
        live = await self._fetch(queries.live("postgresql", QUIET, last + timedelta(days=1), TODAY))
        return sorted(tuple(row) for row in [*live, *await self._fetch(queries.rolled(QUIET, SINCE, TODAY))])

    async def stats(self) -> Sample:
        """Read the counts again and again."""

        async def read() -> None:
            for _ in range(STATS):
                await self.counts()

        return await with_server_time(self._backend, read, times=STATS)

    async def _fetch(self, statement: Select[*tuple[Any, ...]]) -> list[Any]:
        sql, values = _compiled(statement)
        return list(await self._connection.fetch(sql, *values))


def _compiled(statement: Select[*tuple[Any, ...]]) -> Statement:
    """Return the SQL and its values; the server prepares each SQL once."""
    compiled = statement.compile(dialect=PGDialect_asyncpg())  # type: ignore[no-untyped-call]
    values = compiled.construct_params()
    return str(compiled), [values[name] for name in compiled.positiontup or ()]


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a server with a small log and a large one."""
    async with durable_server() as server, AsyncExitStack() as stack:
        readers = []
        for others in (0, LARGE - SMALL):
            connection = await asyncpg.connect(await server.database(), server_settings={"jit": "off"})
            stack.push_async_callback(connection.close)
            await fill(connection, quiet=SMALL, others=others)
            readers.append(Reader(connection, await connection.fetchval("SELECT pg_backend_pid()")))
        small, large = readers
        if await small.counts() != await large.counts() or len(await small.counts()) < 30:
            raise AssertionError("The counts differ.")
        if await small.page(QUIET, None) != await large.page(QUIET, None):
            raise AssertionError("The pages differ.")
        yield [
            Case("page, 10k", lambda: small.pages(QUIET)),
            Case("page, large", lambda: large.pages(QUIET)),
            Case("page, busy guild", lambda: large.pages(BUSY)),
            Case("stats, 10k", small.stats),
            Case("stats, large", large.stats),
        ]


BENCHMARK = Benchmark(
    "log-reading",
    prepare,
    (
        Comparison("page of a log in millions", "page, large", "page, 10k", Figure.CPU, Aim.COST, 2.0, 1.3),
        Comparison("page of a guild that fills it", "page, busy guild", "page, 10k", Figure.CPU, Aim.COST, 2.0, 1.3),
        Comparison("30 days of counts in millions", "stats, large", "stats, 10k", Figure.CPU, Aim.COST, 5.0, 2.0),
    ),
    rounds=7,
)
