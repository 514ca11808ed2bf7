"""Reading the audit log: who may, filters, pages, counts by day, and that no statement reads a whole table."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Select, delete, insert, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import ADMINISTRATOR, SYSTEM, Caller
from guildbase.core.time_ids import first_time_id, new_time_id
from guildbase.database.manager import DatabaseManager
from guildbase.database.upkeep.partitions import make_partitions
from guildbase.platform.telemetry import queries
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.models import AuditDay, AuditEntry, ErrorEvent
from guildbase.platform.telemetry.queries import AuditFilter, DayCount
from guildbase.platform.telemetry.rules import VIEW_AUDIT_LOG
from guildbase.services.container import BotServices
from tests.factories import new_id

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
def audit(services: BotServices) -> AuditController:
    return services.get(AuditController)


def id_at(moment: datetime) -> UUID:
    return UUID(int=first_time_id(moment).int | new_time_id().int & ((1 << 80) - 1))


def entry(guild_id: int | None, moment: datetime, action: str = "test.a", **values: Any) -> dict[str, Any]:
    return {
        "audit_id": id_at(moment), "created_at": moment, "guild_id": guild_id, "action": action, "actor_name": "Mo",
        "actor_id": None, "target_id": None, "target_type": "", "reason": "", "details": {}, **values,
    }  # fmt: skip


async def add(services: BotServices, *entries: dict[str, Any]) -> None:
    async with services.get(DatabaseManager).transaction() as work:
        await work.session.execute(insert(AuditEntry), list(entries))


async def test_each_filter_keeps_what_it_names(services: BotServices, audit: AuditController) -> None:
    guild_id, actor_id, target_id = new_id(), new_id(), new_id()
    await add(
        services,
        entry(guild_id, NOW - timedelta(days=3), "test.by_actor", actor_id=actor_id),
        entry(guild_id, NOW - timedelta(days=2), "test.to_target", target_id=target_id),
        entry(guild_id, NOW - timedelta(days=1), "test.both", actor_id=actor_id, target_id=target_id),
        entry(guild_id, NOW, "test.neither"),
        entry(new_id(), NOW, "test.other_guild", actor_id=actor_id, target_id=target_id),
        entry(None, NOW, "test.no_guild", actor_id=actor_id),
    )

    async def found(guild: int | None = guild_id, **only: Any) -> list[str]:
        entries = await audit.entries(SYSTEM, guild, AuditFilter(**only))
        return [one.action.removeprefix("test.") for one in entries]

    assert await found() == ["neither", "both", "to_target", "by_actor"]
    assert await found(actor_id=actor_id) == ["both", "by_actor"]
    assert await found(target_id=target_id) == ["both", "to_target"]
    assert await found(actor_id=actor_id, target_id=target_id) == ["both"]
    assert await found(action="test.both") == ["both"]
    assert await found(since=NOW - timedelta(days=2)) == ["neither", "both", "to_target"]
    assert await found(until=NOW - timedelta(days=2)) == ["by_actor"]
    assert await found(since=NOW - timedelta(days=2), until=NOW) == ["both", "to_target"]
    assert set(await found(None, actor_id=actor_id)) == {"both", "by_actor", "other_guild", "no_guild"}


async def test_pages_hold_every_entry_once_although_new_ones_come_in(
    services: BotServices, audit: AuditController
) -> None:
    guild_id = new_id()
    await add(services, *(entry(guild_id, NOW - timedelta(minutes=number)) for number in range(25)))
    seen: list[UUID] = []
    before = None
    while page := await audit.entries(SYSTEM, guild_id, before=before, limit=10):
        seen += [one.audit_id for one in page]
        before = page[-1].audit_id
        await add(services, entry(guild_id, NOW + timedelta(minutes=1)))
    assert len(seen) == len(set(seen)) == 25
    assert seen == sorted(seen, reverse=True)


@pytest.mark.parametrize(
    ("caller", "may"),
    [
        (lambda guild_id: Caller(new_id(), guild_id, permissions=VIEW_AUDIT_LOG), True),
        (lambda guild_id: Caller(new_id(), guild_id, permissions=ADMINISTRATOR), True),
        (lambda guild_id: Caller(new_id(), guild_id, level=5), True),
        (lambda guild_id: Caller(new_id(), guild_id, is_guild_owner=True), True),
        (lambda guild_id: Caller(new_id(), guild_id, level=4), False),
        (lambda guild_id: Caller(new_id(), new_id(), permissions=ADMINISTRATOR), False),
    ],
)
async def test_a_guilds_log_is_for_its_admins(audit: AuditController, caller: Any, may: bool) -> None:
    guild_id = new_id()
    asks = caller(guild_id)
    if may:
        assert await audit.entries(asks, guild_id) == []
        assert await audit.stats(asks, guild_id, TODAY, TODAY) == []
    else:
        with pytest.raises(PermissionDenied, match="may not read"):
            await audit.entries(asks, guild_id)
        with pytest.raises(PermissionDenied, match="may not read"):
            await audit.stats(asks, guild_id, TODAY, TODAY)
    with pytest.raises(PermissionDenied):
        await audit.entries(asks, None)


@pytest.mark.parametrize("limit", [0, -1, 201])
async def test_a_page_has_a_size(audit: AuditController, limit: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 200"):
        await audit.entries(SYSTEM, new_id(), limit=limit)


async def test_counts_are_the_same_before_and_after_housekeeping_has_counted(
    services: BotServices, audit: AuditController
) -> None:
    guild_id, random = new_id(), Random(7)  # noqa: S311 - nothing secret.
    moments = [NOW - timedelta(minutes=random.randrange(20 * 24 * 60)) for _ in range(300)]
    entries = [entry(guild_id, moment, f"test.{random.choice('abc')}") for moment in moments]
    await add(services, *entries, entry(new_id(), NOW - timedelta(days=5)), entry(None, NOW - timedelta(days=5)))
    expected = Counter((one["created_at"].date(), one["action"]) for one in entries)

    async def counted(since: date = date(2026, 1, 1), until: date = TODAY) -> dict[tuple[date, str], int]:
        found = await audit.stats(SYSTEM, guild_id, since, until)
        assert found == sorted(found, key=lambda one: (one.day, one.action))
        return {(one.day, one.action): one.entries for one in found}

    assert await counted() == expected
    assert await audit.roll_up(NOW) == len({moment.date() for moment in moments} - {TODAY})
    assert await counted() == expected
    assert await audit.roll_up(NOW) == 0
    # The rows themselves are no longer needed for the days that are over.
    async with services.get(DatabaseManager).transaction() as work:
        await work.session.execute(
            delete(AuditEntry).where(col(AuditEntry.audit_id) < first_time_id(NOW - timedelta(2)))
        )
    assert await counted() == expected
    since, until = TODAY - timedelta(days=9), TODAY - timedelta(days=3)
    assert await counted(since, until) == {key: n for key, n in expected.items() if since <= key[0] <= until}
    assert await counted(TODAY + timedelta(days=1), TODAY + timedelta(days=9)) == {}


async def test_a_day_is_counted_when_nothing_can_be_added_to_it_any_more(
    services: BotServices, audit: AuditController
) -> None:
    guild_id = new_id()
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    await add(services, entry(guild_id, midnight - timedelta(milliseconds=1)), entry(guild_id, midnight))
    assert await audit.roll_up(midnight + timedelta(minutes=59)) == 0
    # A transaction that took long adds to the day before.
    await add(services, entry(guild_id, midnight - timedelta(milliseconds=1)))
    assert await audit.roll_up(midnight + timedelta(minutes=61)) == 1
    assert await audit.stats(SYSTEM, guild_id, TODAY - timedelta(days=1), TODAY) == [
        DayCount(date(2026, 11, 20), "test.a", 2),
        DayCount(date(2026, 11, 21), "test.a", 1),
    ]


async def test_counting_a_day_twice_changes_nothing(services: BotServices, audit: AuditController) -> None:
    guild_id, day = new_id(), date(2026, 11, 19)
    await add(services, *(entry(guild_id, NOW - timedelta(days=2)) for _ in range(3)))
    for _ in range(2):
        async with services.get(DatabaseManager).transaction() as work:
            await work.session.execute(queries.roll_up(work.session, day))
    async with services.get(DatabaseManager).read_session() as session:
        row = await session.get(AuditDay, (guild_id, day, "test.a"))
    assert row is not None
    assert row.entries == 3


async def test_regression_a_day_that_was_counted_by_a_clock_far_ahead_is_counted_anew(
    services: BotServices, audit: AuditController
) -> None:
    guild_id = new_id()
    await add(services, entry(guild_id, NOW - timedelta(minutes=2)))
    assert await audit.roll_up(NOW + timedelta(days=400)) == 1
    await add(services, entry(guild_id, NOW - timedelta(minutes=1)))
    for later in (timedelta(0), timedelta(days=2)):
        await audit.roll_up(NOW + later)
        assert await audit.stats(SYSTEM, guild_id, TODAY, TODAY) == [DayCount(TODAY, "test.a", 2)]


async def test_without_any_entry_there_is_nothing_to_count(audit: AuditController) -> None:
    assert await audit.roll_up(NOW) == 0


async def test_no_statement_reads_a_whole_table(services: BotServices) -> None:
    database, random = services.get(DatabaseManager), Random(1)  # noqa: S311 - nothing secret.
    guilds, people = [new_id() for _ in range(40)], [new_id() for _ in range(40)]
    rows = [
        entry(
            random.choice(guilds), NOW - timedelta(minutes=random.randrange(90 * 24 * 60)), f"test.{number % 9}",
            actor_id=random.choice(people), target_id=random.choice(people),
        )
        for number in range(20_000)
    ]  # fmt: skip
    await add(services, *rows)
    days = [
        {"guild_id": guild, "day": TODAY - timedelta(days=day), "action": f"test.{action}", "entries": 1}
        for guild in guilds for day in range(1, 60) for action in range(3)
    ]  # fmt: skip
    errors = [
        {
            "event_id": id_at(NOW), "error_id": f"e{number}", "kind": "command", "place": "x", "error_type": "x",
            "message": "", "traceback": "", "version": "1", "guild_id": random.choice(guilds),
        }
        for number in range(5_000)
    ]  # fmt: skip
    async with database.transaction() as work:
        await work.session.execute(insert(AuditDay), days)
        await work.session.execute(insert(ErrorEvent), errors)
    for table in (AuditEntry, ErrorEvent):
        await make_partitions(database, table.__table__, NOW)
    async with database.transaction() as work:
        await work.session.execute(text("ANALYZE"))

    guild, person, before = guilds[0], people[0], id_at(NOW - timedelta(days=30))
    dialect = database.backend
    statements: dict[str, Select[*tuple[Any, ...]]] = {
        "guild": queries.entries(guild, AuditFilter(), None, 50),
        "next page": queries.entries(guild, AuditFilter(), before, 50),
        "action": queries.entries(guild, AuditFilter(action="test.1"), None, 50),
        "actor": queries.entries(guild, AuditFilter(actor_id=person), None, 50),
        "actor anywhere": queries.entries(None, AuditFilter(actor_id=person), None, 50),
        "target": queries.entries(guild, AuditFilter(target_id=person), None, 50),
        "window": queries.entries(guild, AuditFilter(since=NOW - timedelta(3), until=NOW - timedelta(2)), None, 50),
        "everything": queries.entries(None, AuditFilter(), None, 50),
        "last rolled": queries.LAST_ROLLED,
        "rolled": queries.rolled(guild, TODAY - timedelta(days=30), TODAY),
        "live": queries.live(dialect, guild, TODAY - timedelta(days=1), TODAY),
        "first since": queries.first_since(TODAY - timedelta(days=60)),
        "error": queries.errors("e17", None, None, 50),
        "errors": queries.errors(None, None, None, 50),
        "errors of a guild": queries.errors(None, guild, None, 50),
    }
    for name, statement in statements.items():
        plan = await explain(database, statement)
        assert scans(plan) == [], f"{name}:\n{plan}"


async def explain(database: DatabaseManager, statement: Select[*tuple[Any, ...]]) -> str:
    dialect = sqlite.dialect() if database.is_sqlite else postgresql.dialect()  # type: ignore[no-untyped-call]
    sql = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    prefix = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    async with database.read_session() as session:
        found = await (await session.connection()).exec_driver_sql(prefix + sql)
        return "\n".join(str(line[-1]) for line in found)


def scans(plan: str) -> list[str]:
    """Return the lines of the plan that read a whole table; empty partitions may be read as they are."""
    lines = [line.strip() for line in plan.splitlines()]
    full = [line for line in lines if "Seq Scan" in line or (line.startswith("SCAN") and "INDEX" not in line)]
    return [line for line in full if "_default" not in line and "_2026_12" not in line and "_2027_" not in line]
