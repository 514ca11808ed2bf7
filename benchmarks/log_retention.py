"""What it costs to throw away a month of the audit log: its partition against a DELETE of the same rows (B12).

Ours is `drop_old_months`, all its transactions and locks included. The base is one DELETE of the rows by asyncpg with
the VACUUM that gives their space back, as a dropped partition does; and, in favour of the base, the DELETE alone.

Both are run once before, when there is nothing to remove, as in a process that has been up for long.

Guards: both start from copies of the same database, the rows are counted before and after, and the months that stay
are whole. Gate is CPU time, ours and that of the server's process for us; wall time has the disk in it as well.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import text

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.log_rows import MONTHS, fill
from benchmarks.postgresql import DurableServer, durable_server, with_server_time
from benchmarks.verdicts import Comparison
from guildbase.core.time_ids import first_time_id
from guildbase.database.connections.engines import ConnectionOptions
from guildbase.database.manager import DatabaseManager
from guildbase.database.upkeep.partitions import drop_old_months
from guildbase.platform.telemetry.models import AuditEntry

ROWS = 500_000  # of the month that goes
STAYING = 1_000  # of the month that stays
STAY = MONTHS[1]
COUNT = "SELECT count(*) FILTER (WHERE audit_id < $1), count(*) FILTER (WHERE audit_id >= $1) FROM audit_entry"


class Retention:
    """Removes the first month, each time in a new copy of the same database."""

    def __init__(self, server: DurableServer, filled: str) -> None:
        self._server = server
        self._filled = filled

    async def dropped(self) -> Sample:
        """Drop the partition, as housekeeping does."""

        async def drop(url: str) -> Sample:
            database = DatabaseManager(url, ConnectionOptions(pool_size=1, pool_overflow=0))
            async with database.statement() as connection:
                backend = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            await drop_old_months(database, AuditEntry.__table__, MONTHS[0])
            sample = await with_server_time(backend, lambda: drop_old_months(database, AuditEntry.__table__, STAY))
            await database.close()
            return sample

        return await self._measured(drop)

    async def deleted(self, *, with_vacuum: bool) -> Sample:
        """Delete the rows, and on request make their space free for others."""

        async def delete(url: str) -> Sample:
            connection = await asyncpg.connect(url)

            async def remove(before: datetime) -> None:
                await connection.execute("DELETE FROM audit_entry WHERE audit_id < $1", first_time_id(before))
                if with_vacuum:
                    await connection.execute("VACUUM (PARALLEL 0) audit_entry")

            await remove(MONTHS[0])
            backend = await connection.fetchval("SELECT pg_backend_pid()")
            sample = await with_server_time(backend, lambda: remove(STAY))
            await connection.close()
            return sample

        return await self._measured(delete)

    async def _measured(self, remove: Callable[[str], Awaitable[Sample]]) -> Sample:
        url = await self._server.database(like=self._filled)
        await _expect(url, (ROWS, STAYING))
        sample = await remove(url)
        await _expect(url, (0, STAYING))
        await self._server.drop(url)
        return sample


async def _expect(url: str, rows: tuple[int, int]) -> None:
    connection = await asyncpg.connect(url)
    found = tuple(await connection.fetchrow(COUNT, first_time_id(STAY)))
    await connection.close()
    if found != rows:
        raise AssertionError(f"There are {found} rows and not {rows}.")


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a server with a database of two months, one of them large."""
    async with durable_server() as server:
        filled = await server.database()
        connection = await asyncpg.connect(filled)
        for month, rows in ((MONTHS[0], ROWS), (STAY, STAYING)):
            await fill(connection, others=rows, months=[month])
        await connection.close()
        retention = Retention(server, filled)
        yield [
            Case("drop", retention.dropped),
            Case("DELETE", lambda: retention.deleted(with_vacuum=False)),
            Case("DELETE, VACUUM", lambda: retention.deleted(with_vacuum=True)),
        ]


BENCHMARK = Benchmark(
    "log-retention",
    prepare,
    (
        Comparison("a month of audit removed", "drop", "DELETE, VACUUM", Figure.CPU, Aim.SPEED, 15.0, 20.0),
        Comparison("a month of audit removed", "drop", "DELETE", Figure.CPU, Aim.SPEED, 8.0, 20.0),
    ),
    rounds=7,
)
