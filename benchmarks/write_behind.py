"""What it costs to gather counts and log rows and to store them together, against one statement a row and against COPY.

Ours is the write-behind buffer, from `add` and `append` with all their checks to the commit of the last row. The bases
are asyncpg alone: one prepared upsert a delta, which the server commits, and COPY of the same log rows in batches of
the same size.

Guards: a server that syncs its commits; the same rows on all sides; no two deltas of a sample have the same key, so
that adding up in memory, which is most of the gain in a busy channel, does not flatter us. The log rows are compared
after each sample, and the sums of all ways at the end. Gate is the CPU time of this process; for log rows with that of
the server's process for us, because COPY leaves this one with little to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import BigInteger, MetaData, text
from sqlalchemy.orm import registry
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from benchmarks.benchmark import Benchmark
from benchmarks.callers import drive
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.postgresql import durable_server, raw_pool, with_server_time
from benchmarks.verdicts import Comparison
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.core.time_ids import new_time_id
from guildbase.database.base import NAMING, Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.types import Snowflake, snowflake, snowflake_key
from guildbase.services.assembly import assemble
from guildbase.services.write_behind.buffers import BATCH
from guildbase.services.write_behind.declared import Shape, write_behind
from guildbase.services.write_behind.service import WriteBehind

DELTAS = 2_000  # of one sample
LOGS = 5 * BATCH
GUILD = (1 << 22) + 1
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
GATHERED, ONE, SIXTEEN = "guildbase", "upsert, 1", "upsert, 16"
XP_UPSERT = (
    "INSERT INTO measured_xp (guild_id, user_id, xp, messages) VALUES ($1, $2, $3, $4) ON CONFLICT (guild_id, user_id)"
    " DO UPDATE SET xp = measured_xp.xp + excluded.xp, messages = measured_xp.messages + excluded.messages"
)
LOG_COLUMNS = ["log_key", "guild_id", "command", "used_at"]


class MeasuredBase(Base, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of the tables that are measured and that no installation has."""


class MeasuredXp(MeasuredBase, table=True):
    """XP as levels keep it."""

    __table_args__ = ({"info": write_behind(Shape.SUMS)},)

    guild_id: Snowflake = snowflake_key()
    user_id: Snowflake = snowflake_key()
    xp: int = Field(default=0, sa_type=BigInteger)
    messages: int = Field(default=0, sa_type=BigInteger)


class MeasuredLog(MeasuredBase, table=True):
    """A log of what was used."""

    __table_args__ = ({"info": write_behind(Shape.ROWS)},)

    log_key: UUID = Field(default_factory=new_time_id, primary_key=True)
    guild_id: Snowflake = snowflake()
    command: str = Field(max_length=40)
    used_at: datetime = Field(sa_type=UTCDateTime)


class Deltas:
    """The same XP for every way to store it, each way in a guild of its own."""

    def __init__(self, gathered: WriteBehind, pool: asyncpg.Pool) -> None:
        self._gathered = gathered
        self._pool = pool
        self._given = [((number << 22) + 1, 15 + number % 11) for number in range(1, DELTAS + 1)]
        self._guilds = {GATHERED: GUILD, ONE: GUILD + 1, SIXTEEN: GUILD + 2}
        self._times: Counter[str] = Counter()

    async def gather(self) -> Sample:
        """Add all deltas and wait until they are stored."""
        self._times[GATHERED] += 1

        async def work(_: int) -> None:
            for user, xp in self._given:
                self._gathered.add(MeasuredXp, (GUILD, user), xp=xp, messages=1)
            await self._gathered.flush()

        return _of_each(await drive([0], work, callers=1), DELTAS)

    async def upsert(self, name: str, callers: int) -> Sample:
        """Store one delta after the other, each in a transaction of its own."""
        self._times[name] += 1
        guild = self._guilds[name]

        async def work(delta: tuple[int, int]) -> None:
            async with self._pool.acquire() as connection:
                await connection.fetchval(XP_UPSERT, guild, *delta, 1)

        return await drive(self._given, work, callers=callers)

    async def check(self) -> None:
        """Raise AssertionError unless every way has stored every delta, as often as it was given."""
        for name, guild in self._guilds.items():
            found = await self._pool.fetch("SELECT user_id, xp, messages FROM measured_xp WHERE guild_id = $1", guild)
            times = self._times[name]
            expected = {(user, xp * times, times) for user, xp in self._given}
            if {tuple(row) for row in found} != expected:
                raise AssertionError(f"{name} has not stored what was given.")


class Logs:
    """The same log rows by the buffer and by COPY."""

    def __init__(self, gathered: WriteBehind, database: DatabaseManager, connection: asyncpg.Connection) -> None:
        self._gathered = gathered
        self._database = database
        self._connection = connection
        self._rows = [(new_time_id(), GUILD, f"command-{number % 40}", MOMENT) for number in range(LOGS)]
        self._values = [dict(zip(LOG_COLUMNS, row, strict=True)) for row in self._rows]

    async def gather(self) -> Sample:
        """Append all rows and wait until they are stored."""

        async def work() -> None:
            for values in self._values:
                self._gathered.append(MeasuredLog, **values)
            await self._gathered.flush()

        async with self._database.read_session(fresh=True) as session:
            backend: int = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        return await self._measured(backend, work)

    async def copy(self) -> Sample:
        """Send the rows by COPY, a batch in each transaction."""

        async def work() -> None:
            for first in range(0, LOGS, BATCH):
                records = self._rows[first : first + BATCH]
                await self._connection.copy_records_to_table("measured_log", records=records, columns=LOG_COLUMNS)

        return await self._measured(self._connection.get_server_pid(), work)

    async def _measured(self, backend: int, work: Callable[[], Awaitable[object]]) -> Sample:
        await self._connection.execute("TRUNCATE measured_log")
        sample = await with_server_time(backend, work, times=LOGS)
        stored = await self._connection.fetch("SELECT * FROM measured_log ORDER BY log_key")
        if [tuple(row) for row in stored] != sorted(self._rows):
            raise AssertionError("The rows that are stored are not those that were given.")
        return sample


def _of_each(sample: Sample, pieces: int) -> Sample:
    return {figure: cost / pieces for figure, cost in sample.items()}


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a server with the two tables."""
    async with durable_server() as server:
        url = await server.database()
        # One connection, so that the server's work for us is that of one process.
        settings = Settings(database_url=url, database_pool_size=1, database_pool_overflow=0)
        services = assemble(settings, FeatureRegistry.discover())
        database, gathered = services.get(DatabaseManager), services.get(WriteBehind)
        try:
            async with database.engine.begin() as connection:
                await connection.run_sync(MeasuredBase.metadata.create_all)
            own = await asyncpg.connect(url)
            async with raw_pool(url) as pool:
                deltas, logs = Deltas(gathered, pool), Logs(gathered, database, own)
                yield [
                    Case(GATHERED, deltas.gather),
                    Case(ONE, partial(deltas.upsert, ONE, 1)),
                    Case(SIXTEEN, partial(deltas.upsert, SIXTEEN, 16)),
                    Case("guildbase, log", logs.gather),
                    Case("COPY", logs.copy),
                ]
                await deltas.check()
            await own.close()
        finally:
            await services.close()


BENCHMARK = Benchmark(
    "write-behind",
    prepare,
    (
        Comparison("XP, gathered", GATHERED, ONE, Figure.CPU, Aim.SPEED, 8, 15),
        Comparison("XP, gathered", GATHERED, SIXTEEN, Figure.CPU, Aim.SPEED, 8, 10),
        Comparison("log rows, gathered", "guildbase, log", "COPY", Figure.CPU, Aim.SPEED, 0.5, 0.75),
    ),
    rounds=7,
)
