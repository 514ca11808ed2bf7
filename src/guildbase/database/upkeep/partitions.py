"""Keeps a table of log rows in one partition a month on PostgreSQL; elsewhere it is a plain table.

The table is partitioned by its key, an id that carries its moment (`core/time_ids.py`). A default partition takes
rows of months that have none yet, so that an insert never fails because nobody looked after the partitions. No
lock on rows or tables is waited for longer than `LOCK_TIMEOUT`: who waits for a lock holds up all that come after.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.core.time_ids import first_time_id, time_of
from guildbase.database.manager import DatabaseManager
from guildbase.database.upkeep.retention import remove_rows

MONTHS_AHEAD = 3
LOCK_TIMEOUT = "1s"
MOVE_TIMEOUT = "5min"
"""For moving rows out of the default partition, which happens when nobody kept the partitions for months."""

_CHILDREN = text(
    "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid"
    " WHERE inhparent = CAST(:parent AS regclass) ORDER BY child.relname"
)
_ALONE = text(
    # First its turn: keepers who wait for each other hold up nobody else, so the short time is not for them.
    f"SELECT pg_advisory_xact_lock(hashtext(:name)), set_config('lock_timeout', '{LOCK_TIMEOUT}', true),"
    f" set_config('statement_timeout', '{MOVE_TIMEOUT}', true)"
)
_MONTH = re.compile(r".*_(\d{4})_(\d{2})")


def is_monthly(table: Table) -> bool:
    """Tell whether the table is kept by month: partitioned by its key, which is one id that carries its moment."""
    by = table.dialect_options["postgresql"]["partition_by"]
    return bool(by == f"RANGE ({', '.join(table.primary_key.columns.keys())})")


def month_of(moment: datetime) -> datetime:
    """Return the begin of the moment's month."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    """Return the begin of the month after."""
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


async def make_partitions(database: DatabaseManager, table: Table, now: datetime) -> list[str]:
    """Make the partitions of this month, the next ones, and those of rows that had none; return what was made."""
    if database.is_sqlite:
        return []
    made = []
    async with _keeping(database, table) as session:
        months = await _wanted(session, table, now)
    for month in months:
        # Each in a transaction of its own, so that locks are held for one month's rows only.
        async with _keeping(database, table) as session:
            if _name(table, month) not in await _partitions(session, table):
                await _make(session, table, month)
                made.append(_name(table, month))
    return made


async def drop_old_months(database: DatabaseManager, table: Table, before: datetime) -> tuple[int, int]:
    """Remove the months that ended before the moment; return the partitions dropped and the rows deleted one by one."""
    keep_from = month_of(before)
    dropped = 0
    if not database.is_sqlite:
        async with _keeping(database, table) as session:
            partitions = await _partitions(session, table)
            old = [name for name in partitions if (month := _month(name)) is not None and month < keep_from]
            for name in old:
                # DETACH ... CONCURRENTLY is not to be had beside a default partition; this locks for milliseconds.
                await session.execute(text(f"DROP TABLE {name}"))
        dropped = len(old)
    [key] = table.primary_key.columns
    # Without partitions, and for what lies in the default one.
    return dropped, await remove_rows(database, table, [key < first_time_id(keep_from)])


@asynccontextmanager
async def _keeping(database: DatabaseManager, table: Table) -> AsyncIterator[AsyncSession]:
    """Work on the partitions in one transaction, alone among all keepers."""
    async with database.transaction() as work:
        await work.session.execute(_ALONE, {"name": table.name})
        yield work.session


async def _wanted(session: AsyncSession, table: Table, now: datetime) -> list[datetime]:
    [key] = table.primary_key.columns
    months = {month_of(now)}
    for _ in range(MONTHS_AHEAD):
        months.add(next_month(max(months)))
    # One month after the other, each found by the index.
    after = text(f"SELECT {key.name} FROM {table.name}_default WHERE {key.name} >= :begin ORDER BY {key.name} LIMIT 1")  # noqa: S608 - names of ours.
    begin = datetime(1970, 1, 1, tzinfo=UTC)
    while (found := (await session.execute(after, {"begin": first_time_id(begin)})).scalar()) is not None:
        month = month_of(time_of(found))
        months.add(month)
        begin = next_month(month)
    return sorted(months)


async def _make(session: AsyncSession, table: Table, month: datetime) -> None:
    """Make the partition and move its rows there.

    Readers go on but for the default partition; `CREATE TABLE ... PARTITION OF` would lock out all of them. Writers
    wait: one that has chosen the default partition already would be refused once the month has its own.
    """
    [key] = table.primary_key.columns
    name, spare = _name(table, month), f"{table.name}_default"
    begin, end = first_time_id(month), first_time_id(next_month(month))
    inside = f"{key.name} >= '{begin}' AND {key.name} < '{end}'"
    for statement in (
        f"CREATE TABLE {name} (LIKE {table.name} INCLUDING ALL)",
        f"LOCK TABLE ONLY {table.name} IN SHARE ROW EXCLUSIVE MODE",
        # In this order: rows that nobody may delete are let go once they are there.
        f"INSERT INTO {name} SELECT * FROM {spare} WHERE {inside}",  # noqa: S608
        f"DELETE FROM {spare} WHERE {inside}",  # noqa: S608
        f"ALTER TABLE {table.name} ATTACH PARTITION {name} FOR VALUES FROM ('{begin}') TO ('{end}')",
    ):
        await session.execute(text(statement))


async def _partitions(session: AsyncSession, table: Table) -> list[str]:
    return list((await session.execute(_CHILDREN, {"parent": table.name})).scalars())


def _name(table: Table, month: datetime) -> str:
    return f"{table.name}_{month:%Y_%m}"


def _month(name: str) -> datetime | None:
    found = _MONTH.fullmatch(name)
    return datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC) if found else None
