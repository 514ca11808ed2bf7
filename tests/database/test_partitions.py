"""Tables by month: made ahead, filled from the default partition, dropped when old; the same calls on SQLite."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Table, func, select, text
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.registry import FeatureRegistry
from guildbase.core.time_ids import first_time_id, new_time_id
from guildbase.database.connections.failures import DatabaseBusy
from guildbase.database.manager import DatabaseManager
from guildbase.database.schema.drift import drift
from guildbase.database.upkeep.partitions import drop_old_months, is_monthly, make_partitions, month_of, next_month
from guildbase.platform.telemetry.models import AuditDay, AuditEntry, ErrorEvent
from guildbase.services.tables import compared_metadata

TABLE: Table = AuditEntry.__table__
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
AHEAD = ["audit_entry_2026_11", "audit_entry_2026_12", "audit_entry_2027_01", "audit_entry_2027_02"]


@pytest.fixture
async def postgresql(postgresql_url: str) -> DatabaseManager:
    return DatabaseManager(postgresql_url)


def id_at(moment: datetime) -> UUID:
    """An id of another moment than now."""
    return UUID(int=first_time_id(moment).int | new_time_id().int & ((1 << 80) - 1))


async def add(database: DatabaseManager, *moments: datetime) -> None:
    async with database.transaction() as work:
        for moment in moments:
            entry = AuditEntry(audit_id=id_at(moment), actor_name="x", action="test.a", created_at=moment)
            work.session.add(entry)


async def rows(database: DatabaseManager, table: str = "audit_entry") -> int:
    async with database.read_session() as session:
        count = text(f"SELECT count(*) FROM {table}")  # noqa: S608 - names of ours.
        return int((await session.execute(count)).scalar_one())


async def children(database: DatabaseManager) -> set[str]:
    names = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entry'::regclass"
    async with database.read_session() as session:
        return set((await session.execute(text(names))).scalars())


def test_months_follow_each_other_over_the_end_of_the_year() -> None:
    assert month_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == datetime(2026, 12, 1, tzinfo=UTC)
    assert next_month(datetime(2026, 12, 1, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)
    assert next_month(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2026, 2, 1, tzinfo=UTC)


def test_the_logs_are_kept_by_month_and_other_tables_are_not() -> None:
    assert is_monthly(TABLE)
    assert not is_monthly(AuditDay.__table__)


async def test_an_entry_is_stored_whether_somebody_looks_after_the_months_or_not(database: DatabaseManager) -> None:
    await add(database, NOW, NOW - timedelta(days=4000), NOW + timedelta(days=4000))
    assert await rows(database) == 3


async def test_this_month_and_the_next_three_are_made_and_rows_that_had_none_move_there(
    postgresql: DatabaseManager,
) -> None:
    await add(postgresql, NOW, NOW, NOW - timedelta(days=100), NOW + timedelta(days=200))
    assert await rows(postgresql, "audit_entry_default") == 4
    made = await make_partitions(postgresql, TABLE, NOW)
    assert made == ["audit_entry_2026_08", *AHEAD, "audit_entry_2027_06"]
    assert await children(postgresql) == {*made, "audit_entry_default"}
    assert await rows(postgresql, "audit_entry_default") == 0
    assert await rows(postgresql, "audit_entry_2026_11") == 2
    assert await rows(postgresql) == 4
    await add(postgresql, NOW)
    assert await rows(postgresql, "audit_entry_2026_11") == 3
    assert await make_partitions(postgresql, TABLE, NOW) == []
    await postgresql.close()


async def test_sqlite_needs_no_partitions(sqlite_url: str) -> None:
    database = DatabaseManager(sqlite_url)
    assert await make_partitions(database, TABLE, NOW) == []
    await database.close()


async def test_the_edges_of_a_month_lie_in_the_right_one(postgresql: DatabaseManager) -> None:
    begin = datetime(2026, 12, 1, tzinfo=UTC)
    await add(postgresql, begin, begin - timedelta(milliseconds=1))
    await make_partitions(postgresql, TABLE, NOW)
    assert await rows(postgresql, "audit_entry_2026_11") == 1
    assert await rows(postgresql, "audit_entry_2026_12") == 1
    await postgresql.close()


async def test_several_keepers_at_once_while_others_write_lose_nothing(postgresql: DatabaseManager) -> None:
    moments = [NOW + timedelta(days=20 * number) for number in range(8)]
    await add(postgresql, *moments)
    done = asyncio.Event()
    written = 0

    async def write() -> None:
        nonlocal written
        while not done.is_set():
            await add(postgresql, *moments)
            written += len(moments)

    writers = [asyncio.create_task(write()) for _ in range(3)]
    made = await asyncio.gather(*(make_partitions(postgresql, TABLE, NOW) for _ in range(4)))
    done.set()
    await asyncio.gather(*writers)
    names = [name for some in made for name in some]
    assert len(names) == len(set(names)) >= 4
    assert await rows(postgresql) == written + len(moments)
    await make_partitions(postgresql, TABLE, NOW)
    assert await rows(postgresql, "audit_entry_default") == 0
    await postgresql.close()


async def test_regression_a_keeper_waits_its_turn_behind_a_slow_one(postgresql: DatabaseManager) -> None:
    async with postgresql.transaction() as work:
        await work.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('audit_entry'))"))
        waiting = asyncio.create_task(make_partitions(postgresql, TABLE, NOW))
        await work.session.execute(text("SELECT pg_sleep(1.5)"))  # Longer than a keeper waits for rows.
        assert not waiting.done()
    assert await waiting
    await postgresql.close()


async def test_a_keeper_gives_up_soon_when_somebody_holds_the_rows(postgresql: DatabaseManager) -> None:
    # Whoever queues for a lock holds up all that come after.
    await add(postgresql, NOW)
    async with postgresql.transaction() as work:
        await work.session.execute(text("SELECT * FROM audit_entry FOR UPDATE"))
        started = asyncio.get_running_loop().time()
        with pytest.raises(DatabaseBusy, match="lock timeout"):
            await make_partitions(postgresql, TABLE, NOW)
        assert asyncio.get_running_loop().time() - started < 10
    assert await make_partitions(postgresql, TABLE, NOW) == AHEAD
    assert await rows(postgresql) == 1
    await postgresql.close()


async def test_whole_months_that_have_had_their_time_go(database: DatabaseManager) -> None:
    months = [datetime(2026, month, 15, tzinfo=UTC) for month in (7, 8, 9, 10, 11)]
    await add(database, *months, datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 8, 31, 23, 59, tzinfo=UTC))
    await make_partitions(database, TABLE, NOW)
    # September is not over at that moment, so all of it stays.
    dropped, removed = await drop_old_months(database, TABLE, datetime(2026, 9, 20, tzinfo=UTC))
    assert (dropped, removed) == ((0, 3) if database.is_sqlite else (2, 0))
    async with database.read_session() as session:
        kept = (
            (await session.execute(select(col(AuditEntry.created_at)).order_by(col(AuditEntry.created_at))))
            .scalars()
            .all()
        )
    assert kept == [datetime(2026, 9, 1, tzinfo=UTC), *months[2:]]
    assert await drop_old_months(database, TABLE, datetime(2026, 9, 20, tzinfo=UTC)) == (0, 0)


async def test_old_rows_of_the_default_partition_go_too(database: DatabaseManager) -> None:
    await add(database, NOW - timedelta(days=400), NOW)
    assert await drop_old_months(database, TABLE, NOW - timedelta(days=365)) == (0, 1)
    assert await rows(database) == 1


async def test_keepers_that_drop_the_same_months_do_not_disturb_each_other(postgresql: DatabaseManager) -> None:
    await add(postgresql, *(NOW - timedelta(days=31 * number) for number in range(6)))
    await make_partitions(postgresql, TABLE, NOW)
    results = await asyncio.gather(*(drop_old_months(postgresql, TABLE, NOW) for _ in range(4)))
    assert sum(dropped for dropped, _ in results) == 5
    assert await rows(postgresql) == 1
    await postgresql.close()


async def test_a_partition_has_the_indexes_of_its_table(postgresql: DatabaseManager) -> None:
    await make_partitions(postgresql, TABLE, utcnow())
    count = "SELECT count(*) FROM pg_indexes WHERE tablename = :name"
    async with postgresql.read_session() as session:
        names = [f"audit_entry_{utcnow():%Y_%m}", "audit_entry"]
        found = [(await session.execute(text(count), {"name": name})).scalar_one() for name in names]
        attached = "SELECT count(*) FROM pg_inherits JOIN pg_class ON oid = inhparent WHERE relkind = 'I'"
        pairs = (await session.execute(text(attached))).scalar_one()
    assert found == [5, 5]
    # Every index of every partition belongs to the table's: 5 of each audit partition, 4 of the default ones of errors
    # and of security events.
    assert pairs == 5 * 5 + 4 + 4
    await postgresql.close()


async def test_the_rows_of_a_partition_are_counted_once(postgresql: DatabaseManager) -> None:
    await add(postgresql, NOW)
    await make_partitions(postgresql, TABLE, NOW)
    async with postgresql.read_session() as session:
        assert (await session.execute(select(func.count()).select_from(AuditEntry))).scalar_one() == 1
    await postgresql.close()


async def test_partitions_are_no_difference_from_the_models(postgresql_url: str, registry: FeatureRegistry) -> None:
    database = DatabaseManager(postgresql_url)
    for table in (TABLE, ErrorEvent.__table__):
        assert len(await make_partitions(database, table, NOW)) == 4
    await database.close()
    assert await asyncio.to_thread(drift, postgresql_url, compared_metadata(registry), registry) == []
