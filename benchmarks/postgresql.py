"""A PostgreSQL server that keeps what it commits, for the benchmarks that write to a database.

Nothing of its durability is traded away: `fsync`, `synchronous_commit` and `full_page_writes` are on. What would make
one round differ from the next is kept out of the figures: the vacuum runs only when asked, and no checkpoint falls due.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import make_url

from benchmarks.harness import Figure, Sample
from benchmarks.processes import clock_of
from guildbase.database.schema.migrate import upgrade
from guildbase.testing.postgresql import THROW_AWAY, PostgresProcess

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "8GB",
    "jit": "off",
}
READ_ONLY = {**THROW_AWAY, "checkpoint_timeout": "1h", "max_wal_size": "8GB", "shared_buffers": "1GB", "jit": "off"}
"""For millions of rows that are stored once, as quickly as can be."""
TEMPLATE = "migrated"
POOL_SIZE = 16
"""Connections of either side, so that 16 callers never wait for one."""
POOL: dict[str, Any] = {"database_pool_size": POOL_SIZE, "database_pool_overflow": 0, "database_pool_timeout": 60}
"""Our settings of them; more callers than connections wait for one, and on a busy machine long."""


class DurableServer:
    """One running server; every database of it begins as a copy of the same migrated one."""

    def __init__(self, process: PostgresProcess) -> None:
        self._process = process
        self._count = 0

    async def migrate(self) -> None:
        """Make the template."""
        await self._administer(f"CREATE DATABASE {TEMPLATE}")
        await asyncio.to_thread(upgrade, self._address(TEMPLATE))

    async def database(self, *, like: str | None = None) -> str:
        """Return the address of a new database: a copy of that one, by default one with all tables and no rows."""
        self._count += 1
        name, template = f"measured_{self._count}", make_url(like).database if like else TEMPLATE
        # Copying files is quicker than logging every page, and what is measured comes after it.
        await self._administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self._address(name)

    async def drop(self, url: str) -> None:
        """Remove the database, which nobody is connected to."""
        await self._administer(f"DROP DATABASE {make_url(url).database}")

    @property
    def cpu(self) -> float:
        """CPU seconds of all connections' processes that are there now."""
        postmaster = self._process.pid
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return sum(time.clock_gettime(clock_of(int(child))) for child in children)

    def _address(self, name: str) -> str:
        return make_url(self._process.url).set(database=name).render_as_string(hide_password=False)

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self._process.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@asynccontextmanager
async def durable_server(settings: Mapping[str, str] = DURABLE) -> AsyncIterator[DurableServer]:
    """Start a server with a migrated template, and remove it at the end; `READ_ONLY` is for what measures no writes."""
    # Not in another thread: Linux ends a child with the thread that started it.
    process = PostgresProcess(settings)
    try:
        server = DurableServer(process)
        await server.migrate()
        yield server
    finally:
        process.stop()


@asynccontextmanager
async def raw_pool(url: str) -> AsyncIterator[asyncpg.Pool]:
    """Open the base's pool: all its connections at once, and no reset when one comes back, which is a round trip."""

    async def nothing(_connection: asyncpg.Connection) -> None:
        """Leave the connection as it is; nothing of its session was changed."""

    settings = {"jit": "off"}
    pool = await asyncpg.create_pool(
        url, min_size=POOL_SIZE, max_size=POOL_SIZE, reset=nothing, server_settings=settings
    )
    try:
        yield pool
    finally:
        await pool.close()


async def with_server_time(backend: int, work: Callable[[], Awaitable[object]], *, times: int = 1) -> Sample:
    """Do the work and return what one of so many pieces cost, with the CPU time of the server's process for us.

    `backend` is the number of that process (`pg_backend_pid()`), which must be on this machine.
    """
    clock = clock_of(backend)
    wall, cpu = time.perf_counter(), time.process_time() + time.clock_gettime(clock)
    await work()
    wall, cpu = time.perf_counter() - wall, time.process_time() + time.clock_gettime(clock) - cpu
    return {Figure.WALL: wall / times, Figure.CPU: cpu / times}
