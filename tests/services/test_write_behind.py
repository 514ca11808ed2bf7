"""Write-behind: what is gathered is stored once and exactly, or counted as lost; only declared tables take part."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlmodel import col
from structlog.testing import capture_logs

from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.validation import InvalidRow
from guildbase.features.moderation.models import ModerationCase
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureRequest, ErasureScope
from guildbase.platform.telemetry.models import AuditEntry, CommandUsage, ErrorEvent
from guildbase.services.container import BotServices
from guildbase.services.loops import BackgroundLoops
from guildbase.services.outbox import OutboxEffect
from guildbase.services.tables import all_tables
from guildbase.services.write_behind import buffers
from guildbase.services.write_behind.declared import problems, shape_of
from guildbase.services.write_behind.service import WriteBehind
from tests.factories import new_id
from tests.services.gathered import Balance, CheckLog, NumberedLog, Pair, Place, Xp, make_tables, process, stored_xp
from tests.waiting import until

GUILD, OTHER = new_id(), new_id()
ANN, BEN = new_id(), new_id()


@pytest.fixture
async def one(database_url: str) -> AsyncIterator[BotServices]:
    """A process, on a database with the tables of these tests."""
    services = process(database_url, write_behind_max_rows=10_000)
    await make_tables(services.get(DatabaseManager), [GUILD, OTHER])
    yield services
    await services.close()


@pytest.fixture
async def another(one: BotServices) -> AsyncIterator[BotServices]:
    """A second process on the same database."""
    services = process(one.get(DatabaseManager).url.render_as_string(hide_password=False))
    yield services
    await services.close()


@pytest.fixture
def gathered(one: BotServices) -> WriteBehind:
    return one.get(WriteBehind)


async def stored(services: BotServices) -> dict[tuple[int, int], tuple[int, int]]:
    return await stored_xp(services.get(DatabaseManager))


async def count(services: BotServices, model: Any) -> int:
    async with services.get(DatabaseManager).read_session(fresh=True) as session:
        return int((await session.execute(select(func.count()).select_from(model))).scalar_one())


async def test_numbers_are_added_up_in_memory_and_in_the_table(one: BotServices, gathered: WriteBehind) -> None:
    for _ in range(3):
        gathered.add(Xp, (GUILD, ANN), xp=5, messages=1)
    gathered.add(Xp, (GUILD, BEN), xp=7)
    assert await stored(one) == {}
    await gathered.flush()
    assert await stored(one) == {(GUILD, ANN): (15, 3), (GUILD, BEN): (7, 0)}
    gathered.add(Xp, (GUILD, ANN), xp=-4)
    await gathered.flush()
    await gathered.flush()
    assert await stored(one) == {(GUILD, ANN): (11, 3), (GUILD, BEN): (7, 0)}
    waiting, figures = gathered.figures["xp"]
    assert (waiting, figures.stored, figures.lost) == (0, 3, 0)


async def test_log_rows_are_stored_as_they_were_given(one: BotServices, gathered: WriteBehind) -> None:
    key, moment = uuid4(), datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
    document = {"words": ["ä", 'quote"', None, 1.5], "nested": {"id": str(ANN)}}
    gathered.append(CheckLog, check_key=key, guild_id=GUILD, rule="spam", found=document, checked_at=moment)
    gathered.append(CheckLog, guild_id=OTHER, rule="caps")
    gathered.append(NumberedLog, text="one")
    gathered.append(NumberedLog, text="two")
    await gathered.flush()
    async with one.get(DatabaseManager).read_session() as session:
        row = (await session.execute(select(CheckLog).where(col(CheckLog.check_key) == key))).scalar_one()
        numbers = (await session.execute(select(col(NumberedLog.number), col(NumberedLog.text)))).all()
    assert (row.guild_id, row.rule, row.found, row.checked_at) == (GUILD, "spam", document, moment)
    assert await count(one, CheckLog) == 2
    assert [tuple(row) for row in numbers] == [(1, "one"), (2, "two")]


async def test_more_rows_than_one_batch_are_all_stored(one: BotServices, gathered: WriteBehind) -> None:
    people = [new_id() for _ in range(buffers.BATCH + 5)]
    for person in people:
        gathered.add(Xp, (GUILD, person), xp=1)
        gathered.append(CheckLog, guild_id=GUILD, rule="spam")
    await gathered.flush()
    assert await stored(one) == {(GUILD, person): (1, 0) for person in people}
    assert await count(one, CheckLog) == len(people)


def test_only_tables_that_may_lose_rows_are_declared(registry: FeatureRegistry) -> None:
    # A new one is added here by whoever has made sure that nobody misses what a kill loses.
    tables = all_tables(registry)
    assert {table.name for table in tables if shape_of(table)} == {"command_usage", "permission_check"}
    assert [told for table in tables if shape_of(table) for told in problems(table)] == []


@pytest.mark.parametrize("model", [AuditEntry, ModerationCase, OutboxEffect, ErrorEvent, ErasureRequest, Place])
async def test_a_table_that_is_not_declared_is_refused(gathered: WriteBehind, model: Any) -> None:
    with pytest.raises(TypeError, match="is not declared"):
        gathered.append(model, guild_id=GUILD)
    with pytest.raises(TypeError, match="is not declared"):
        gathered.add(model, (GUILD,), number=1)


async def test_a_table_that_somebody_answers_for_cannot_be_declared(gathered: WriteBehind) -> None:
    with pytest.raises(TypeError, match=r"keeps created_by.* keeps updated_by.* balance\.owner is no number"):
        gathered.add(Balance, (GUILD,), amount=1)
    with pytest.raises(TypeError, match="is not declared"):
        gathered.append(Xp, guild_id=GUILD, user_id=ANN)
    with pytest.raises(TypeError, match="looks at each row as a whole"):
        gathered.append(Pair, low=1, high=2)


@pytest.mark.parametrize(
    ("key", "numbers"),
    [
        ((GUILD,), {"xp": 1}), ((GUILD, ANN, 1), {"xp": 1}), ((GUILD, -5), {"xp": 1}), ((GUILD, "Ann"), {"xp": 1}),
        ((GUILD, ANN), {"xp": 1.5}), ((GUILD, ANN), {"xp": True}), ((GUILD, ANN), {"xp": 1 << 40}),
        ((GUILD, ANN), {"messages": 1, "wisdom": 1}), ((GUILD, ANN), {"user_id": 1}),
    ],
)  # fmt: skip
async def test_a_wrong_number_is_refused_to_whoever_gives_it(
    one: BotServices, gathered: WriteBehind, key: Any, numbers: Any
) -> None:
    gathered.add(Xp, (GUILD, BEN), xp=1)
    with pytest.raises(InvalidRow):
        gathered.add(Xp, key, **numbers)
    await gathered.flush()
    assert await stored(one) == {(GUILD, BEN): (1, 0)}


@pytest.mark.parametrize(
    "wrong", [{"rule": "x" * 21}, {"rule": "nul\0"}, {"rule": None}, {"guild_id": 0}, {"colour": "red"}, {"found": {1}}]
)
async def test_a_wrong_log_row_is_refused_to_whoever_gives_it(
    one: BotServices, gathered: WriteBehind, wrong: Any
) -> None:
    gathered.append(CheckLog, guild_id=GUILD, rule="fine")
    with pytest.raises(InvalidRow):
        gathered.append(CheckLog, **{"guild_id": GUILD, "rule": "fine", **wrong})
    await gathered.flush()
    assert await count(one, CheckLog) == 1


async def test_a_key_is_the_same_however_it_is_written(one: BotServices, gathered: WriteBehind) -> None:
    gathered.add(Xp, (GUILD, ANN), xp=1)
    gathered.add(Xp, (str(GUILD), ANN), xp=1)
    gathered.add(Xp, (GUILD, float(1 << 60)), xp=1)
    gathered.add(Xp, (GUILD, 1 << 60), xp=1)
    await gathered.flush()
    assert await stored(one) == {(GUILD, ANN): (2, 0), (GUILD, 1 << 60): (2, 0)}


async def test_regression_rows_that_are_dropped_ask_for_no_flush(database_url: str) -> None:
    services = process(database_url, write_behind_max_rows=buffers.BATCH - 1)
    gathered = services.get(WriteBehind)
    for _ in range(buffers.BATCH + 1):
        gathered.append(CheckLog, guild_id=GUILD, rule="spam")
    assert gathered.figures["check_log"][1].dropped == 2
    assert not gathered._is_full.is_set()  # While the database is away, each one would be a try to reach it.
    await services.close()


@pytest.mark.parametrize("text", ["a\x00b", "half \ud800", "x" * 21], ids=["nul", "half", "long"])
@pytest.mark.parametrize("guild_id", [GUILD, 5, True, 1 << 63], ids=["sound", "small", "bool", "large"])
async def test_what_is_checked_quickly_is_refused_as_clearly(gathered: WriteBehind, text: str, guild_id: int) -> None:
    moment, key = datetime(2026, 11, 21, tzinfo=UTC), uuid4()
    rest = {"check_key": key, "found": {}, "checked_at": moment}
    with pytest.raises(InvalidRow) as refused:
        gathered.append(CheckLog, guild_id=guild_id, rule=text, **rest)
    with pytest.raises(InvalidRow) as expected:
        CheckLog.validated({"guild_id": guild_id, "rule": text, **rest})
    assert refused.value.problems == expected.value.problems
    assert gathered.figures["check_log"][0] == 0
    gathered.append(CheckLog, guild_id=GUILD, rule="line\nä 🙂", **rest)
    assert gathered.figures["check_log"][0] == 1


async def test_rows_beyond_the_bound_are_dropped_and_counted(database_url: str) -> None:
    services = process(database_url, write_behind_max_rows=10)
    await make_tables(services.get(DatabaseManager), [GUILD])
    gathered = services.get(WriteBehind)
    people = [new_id() for _ in range(12)]
    with capture_logs() as logs:
        for person in people:
            gathered.add(Xp, (GUILD, person), xp=1)
            gathered.append(CheckLog, guild_id=GUILD, rule="spam")
        gathered.add(Xp, (GUILD, people[0]), xp=1)  # It has its place already.
        assert [(waiting, figures.dropped) for waiting, figures in gathered.figures.values()] == [(10, 2), (10, 2)]
        await gathered.flush()
        for person in people:
            gathered.add(Xp, (GUILD, person), messages=1)
        await gathered.flush()
        assert await stored(services) == {(GUILD, p): (1, 1) for p in people[1:10]} | {(GUILD, people[0]): (2, 1)}
        assert await count(services, CheckLog) == 10
        await services.close()
    [told] = [entry for entry in logs if entry["event"] == "write_behind_dropped"]
    assert (told["rows"], told["since_start"]) == (6, {"xp": 4, "check_log": 2})


async def test_rows_whose_guild_is_gone_go_alone(one: BotServices, gathered: WriteBehind) -> None:
    people = [new_id() for _ in range(60)]
    gone = new_id()
    for number, person in enumerate(people):
        gathered.add(Xp, (GUILD, person), xp=1)
        if number % 10 == 0:
            gathered.add(Xp, (OTHER, person), xp=1)
        if number % 20 == 0:
            gathered.add(Xp, (gone, person), xp=1)
    async with one.get(DatabaseManager).transaction() as work:
        await work.session.execute(delete(Place).where(col(Place.guild_id) == OTHER))
    await gathered.flush()
    assert await stored(one) == {(GUILD, person): (1, 0) for person in people}
    _, figures = gathered.figures["xp"]
    assert (figures.stored, figures.refused) == (60, 6 + 3)


async def test_a_log_row_that_is_there_already_goes_alone(one: BotServices, gathered: WriteBehind) -> None:
    key = uuid4()
    for number in range(20):
        extra = {"check_key": key} if number in (3, 11) else {}
        gathered.append(CheckLog, guild_id=GUILD, rule=f"rule {number}", **extra)
    await gathered.flush()
    assert await count(one, CheckLog) == 19
    _, figures = gathered.figures["check_log"]
    assert (figures.stored, figures.refused) == (19, 1)


async def test_sums_that_the_table_cannot_hold_go_alone(one: BotServices, gathered: WriteBehind) -> None:
    gathered.add(Xp, (GUILD, ANN), xp=1)
    gathered.add(Xp, (GUILD, BEN), messages=-1)
    for _ in range(3):
        gathered.add(Xp, (OTHER, ANN), xp=(1 << 31) - 1)
    await gathered.flush()
    assert await stored(one) == {(GUILD, ANN): (1, 0), (OTHER, ANN): (3 * ((1 << 31) - 1), 0)}
    async with one.get(DatabaseManager).transaction() as work:
        await work.session.execute(update(Xp).where(col(Xp.guild_id) == OTHER).values(xp=(1 << 63) - 2))
    gathered.add(Xp, (OTHER, ANN), xp=1)
    gathered.add(Xp, (GUILD, ANN), xp=1)
    await gathered.flush()
    gathered.add(Xp, (GUILD, ANN), xp=1)
    await gathered.flush()
    assert await stored(one) == {(GUILD, ANN): (3, 0), (OTHER, ANN): ((1 << 63) - 1, 0)}


async def test_two_processes_that_add_to_the_same_rows_lose_nothing(
    one: BotServices, another: BotServices, gathered: WriteBehind
) -> None:
    people = [new_id() for _ in range(50)]

    async def play(process: WriteBehind, order: list[int]) -> None:
        for _ in range(20):
            for person in order:
                process.add(Xp, (GUILD, person), xp=2, messages=1)
            await process.flush()

    await asyncio.gather(play(gathered, people), play(another.get(WriteBehind), people[::-1]))
    assert await stored(one) == {(GUILD, person): (80, 40) for person in people}


async def test_flushes_at_once_store_everything_once(one: BotServices, gathered: WriteBehind) -> None:
    for person in (ANN, BEN):
        gathered.add(Xp, (GUILD, person), xp=1)
        await asyncio.gather(*(gathered.flush() for _ in range(5)))
    assert await stored(one) == {(GUILD, ANN): (1, 0), (GUILD, BEN): (1, 0)}


async def test_what_the_database_does_not_take_now_is_kept(one: BotServices) -> None:
    database = one.get(DatabaseManager)
    impatient = process(database.url.render_as_string(hide_password=False), database_lock_timeout=0.02)
    gathered = impatient.get(WriteBehind)
    gathered.add(Xp, (GUILD, ANN), xp=1)
    gathered.append(CheckLog, guild_id=GUILD, rule="spam")
    async with database.transaction() as work:
        # On SQLite one writer keeps all others waiting anyway.
        await work.session.execute(text("SELECT 1" if database.is_sqlite else "LOCK TABLE xp"))
        with pytest.raises(DatabaseUnavailable):
            await gathered.flush()
        assert await count(one, CheckLog) == (0 if database.is_sqlite else 1)
    gathered.add(Xp, (GUILD, ANN), xp=1)
    await gathered.flush()
    assert await stored(one) == {(GUILD, ANN): (2, 0)}
    assert await count(one, CheckLog) == 1
    await impatient.close()


async def test_what_is_gathered_is_stored_soon_and_at_the_end(one: BotServices, gathered: WriteBehind) -> None:
    quick = process(one.get(DatabaseManager).url.render_as_string(hide_password=False), write_behind_interval=0.02)
    await quick.start()
    quick.get(WriteBehind).add(Xp, (GUILD, ANN), xp=1)
    await until(lambda: stored_is(one, {(GUILD, ANN): (1, 0)}), timeout=60)
    quick.get(WriteBehind).add(Xp, (GUILD, ANN), xp=1)
    await quick.close()
    assert await stored(one) == {(GUILD, ANN): (2, 0)}


async def stored_is(services: BotServices, expected: dict[tuple[int, int], tuple[int, int]]) -> bool:
    return await stored(services) == expected


async def test_many_rows_are_stored_before_their_interval_is_over(one: BotServices) -> None:
    patient = process(one.get(DatabaseManager).url.render_as_string(hide_password=False), write_behind_interval=60)
    await patient.start()
    for _ in range(buffers.BATCH):
        patient.get(WriteBehind).append(CheckLog, guild_id=GUILD, rule="spam")

    async def all_stored() -> bool:
        return await count(one, CheckLog) == buffers.BATCH

    await until(all_stored, timeout=60)
    await patient.close()


async def test_a_table_that_is_away_keeps_no_other_one_waiting_and_loses_nothing(one: BotServices) -> None:
    database = one.get(DatabaseManager)
    quick = process(database.url.render_as_string(hide_password=False), write_behind_interval=0.02)
    await quick.start()
    gathered = quick.get(WriteBehind)
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: Xp.__table__.drop(sync))
    gathered.add(Xp, (GUILD, ANN), xp=1)
    gathered.append(CheckLog, guild_id=GUILD, rule="spam")
    loops = quick.get(BackgroundLoops)
    await until(lambda: loops.loops["write-behind"].restarts > 0, timeout=60)
    assert await count(one, CheckLog) == 1
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: Xp.__table__.create(sync))
    await until(lambda: stored_is(one, {(GUILD, ANN): (1, 0)}), timeout=60)
    await quick.close()


async def test_a_batch_is_stored_once_although_the_answer_to_its_commit_was_lost(
    one: BotServices, gathered: WriteBehind, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = one.get(DatabaseManager)
    run = database.run

    async def lose_the_answer(action: Any, caller: Any = SYSTEM) -> Any:
        await run(action, caller)
        raise DatabaseUnavailable("The connection was lost during the commit.")

    gathered.add(Xp, (GUILD, ANN), xp=5)
    gathered.append(NumberedLog, text="once")
    with monkeypatch.context() as fault:
        fault.setattr(database, "run", lose_the_answer)
        with pytest.raises(DatabaseUnavailable):
            await gathered.flush()
    gathered.add(Xp, (GUILD, ANN), xp=2)
    await gathered.flush()
    assert await stored(one) == {(GUILD, ANN): (7, 0)}
    assert await count(one, NumberedLog) == 1


async def test_a_flush_that_is_cut_off_stores_once(one: BotServices, gathered: WriteBehind) -> None:
    for number in range(30):
        gathered.add(Xp, (GUILD, ANN), xp=1)
        flush = asyncio.create_task(gathered.flush())
        for _ in range(number):  # Each time a bit later in its work.
            await asyncio.sleep(0)
        flush.cancel()
        await asyncio.gather(flush, return_exceptions=True)

    async def has_flushed() -> bool:  # The driver may have to give up a connection that was cut off.
        with suppress(DatabaseUnavailable):
            await gathered.flush()
        return gathered.figures["xp"][0] == 0

    await until(has_flushed, timeout=60)
    assert await stored(one) == {(GUILD, ANN): (30, 0)}


async def test_what_was_gathered_before_a_person_was_erased_never_comes_back(
    settings: Any, registry: FeatureRegistry, services: BotServices
) -> None:
    database = services.get(DatabaseManager)
    await make_tables(database, [GUILD])
    # No flush before the erasure: it leaves what is stored in this table, which is in no feature.
    bot = process(settings.database_url, write_behind_interval=60)
    gathered = bot.get(WriteBehind)
    await bot.start()
    gathered.add(Xp, (GUILD, ANN), xp=5)
    privacy = services.get(PrivacyController)
    await privacy.finish(await privacy.request_erasure(SYSTEM, ErasureScope.USER, ANN))
    gathered.append(CheckLog, guild_id=GUILD, rule="of nobody")
    await gathered.flush()
    assert await stored(services) == {}
    assert await count(services, CheckLog) == 1
    assert gathered.figures["xp"][1].erased == 1
    gathered.add(Xp, (GUILD, ANN), xp=1)
    await gathered.flush()
    assert await stored(services) == {(GUILD, ANN): (1, 0)}
    await bot.close()


async def test_an_erasure_waits_for_a_flush_that_is_under_way(
    one: BotServices, another: BotServices, gathered: WriteBehind
) -> None:
    database = one.get(DatabaseManager)
    if database.is_sqlite:
        return  # One writer at a time leaves no flush under way.
    await gathered.start()
    gathered.add(Xp, (GUILD, ANN), xp=1)
    await gathered.flush()
    gathered.add(Xp, (GUILD, ANN), xp=1)
    async with database.transaction() as work:
        await work.session.execute(update(Xp).values(xp=10))
        flush = asyncio.create_task(gathered.flush())
        await until(lambda: waits(database, "INSERT INTO xp%"), timeout=60)
        forget = asyncio.create_task(another.get(WriteBehind).forget_the_unstored())
        await until(lambda: waits(database, "INSERT INTO write_behind_mark%"), timeout=60)
        assert not forget.done()
    await asyncio.gather(flush, forget)
    assert await stored(one) == {(GUILD, ANN): (11, 0)}


async def waits(database: DatabaseManager, statement: str) -> bool:
    """Tell whether a statement of this kind waits for another transaction."""
    asked = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE :statement")
    async with database.read_session(fresh=True) as session:
        return bool((await session.execute(asked, {"statement": statement})).scalar_one())


async def test_the_last_flush_gives_up_on_a_database_that_does_not_answer(
    one: BotServices, gathered: WriteBehind, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered.add(Xp, (GUILD, ANN), xp=1)
    database = one.get(DatabaseManager)

    async def refuse(*_: Any) -> Any:
        raise DatabaseUnavailable("The database is away.")

    with monkeypatch.context() as fault, capture_logs() as logs:
        fault.setattr(database, "run", refuse)
        await gathered.close()
    [told] = [entry for entry in logs if entry["event"] == "write_behind_lost"]
    assert told["rows"] == {"xp": 1}


def test_command_usage_is_declared() -> None:
    assert shape_of(CommandUsage.__table__) is not None
