from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select, text, update
from sqlmodel import col

from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.events import Event
from guildbase.database.connections import retry
from guildbase.database.connections.engines import ConnectionOptions
from guildbase.database.connections.failures import ConnectionLost, DatabaseBusy
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from tests.database.zoo import PATIENT, Keeper, opened
from tests.factories import new_id
from tests.waiting import until

DONATIONS = 200


@dataclass(frozen=True, slots=True)
class Fed(Event):
    attempt: int


@pytest.fixture
async def server_zoo(empty_postgresql_url: str) -> AsyncIterator[DatabaseManager]:
    async with opened(empty_postgresql_url, ConnectionOptions(pool_size=1)) as manager:
        yield manager


async def _add_keeper(zoo: DatabaseManager, fed: int = 0) -> int:
    async def add(work: UnitOfWork) -> int:
        return (await Keeper.create(work.session, keeper_id=new_id(), name="Kim", fed=fed)).keeper_id

    return await zoo.run(add)


async def _fed(zoo: DatabaseManager, *keys: int) -> list[int]:
    async with zoo.read_session() as session:
        rows = await session.execute(select(col(Keeper.keeper_id), col(Keeper.fed)))
    found = {row.keeper_id: row.fed for row in rows}
    return [found[key] for key in keys]


async def _give(zoo: DatabaseManager, giver: int, taker: int) -> None:
    async def move(work: UnitOfWork) -> None:
        # No common order of the locks, as in code that nobody thought about.
        for key, amount in ((giver, -1), (taker, 1)):
            change = update(Keeper).where(col(Keeper.keeper_id) == key).values(fed=col(Keeper.fed) + amount)
            await work.session.execute(change)

    await zoo.run(move)


async def test_two_who_give_to_each_other_at_once_never_hear_of_a_deadlock(empty_database_url: str) -> None:
    async with opened(empty_database_url, PATIENT) as zoo:
        if not zoo.is_sqlite:  # A deadlock is noticed after this time; a second each would make a long test.
            async with zoo.statement() as connection:
                name = (await connection.execute(text("SELECT current_database()"))).scalar_one()
            async with zoo.statement() as connection:
                await connection.execute(text(f"ALTER DATABASE {name} SET deadlock_timeout = '5ms'"))
            await zoo.engine.dispose()
        one, other = await _add_keeper(zoo, fed=DONATIONS), await _add_keeper(zoo, fed=DONATIONS)

        async def give_all(giver: int, taker: int) -> None:
            for _ in range(DONATIONS):
                await _give(zoo, giver, taker)

        await asyncio.gather(give_all(one, other), give_all(other, one))
        assert await _fed(zoo, one, other) == [DONATIONS, DONATIONS]
        # SQLite takes its one lock at BEGIN, so there is nothing to cross.
        assert (zoo.repeater.repeats == 0) == zoo.is_sqlite


async def test_serialization_failures_are_repeated_until_each_has_its_turn(empty_postgresql_url: str) -> None:
    async with opened(empty_postgresql_url) as zoo:
        key = await _add_keeper(zoo)

        async def read_then_write(work: UnitOfWork) -> None:
            await work.session.execute(text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"))
            keeper = await Keeper.get_by_id(work.session, key)
            assert keeper is not None
            await keeper.update(work.session, fed=keeper.fed + 1)

        async def five_times() -> None:
            for _ in range(5):
                await zoo.run(read_then_write)

        await asyncio.gather(*(five_times() for _ in range(4)))
        assert await _fed(zoo, key) == [20]
        assert zoo.repeater.repeats > 0


async def test_what_a_given_up_attempt_announced_is_never_heard(empty_database_url: str) -> None:
    async with opened(empty_database_url, ConnectionOptions(lock_timeout=0.05)) as zoo:
        key = await _add_keeper(zoo)
        held, release = asyncio.Event(), asyncio.Event()
        heard: list[int] = []
        called: list[int] = []
        attempts = 0

        async def hear(event: Fed) -> None:
            heard.append(event.attempt)

        async def hold() -> None:
            async with zoo.transaction() as work:
                await work.session.execute(update(Keeper).values(fed=1))
                held.set()
                await release.wait()

        async def feed(work: UnitOfWork) -> str:
            nonlocal attempts
            attempts += 1
            attempt = attempts
            await work.announce(Fed(attempt))
            work.after_commit(lambda: called.append(attempt))
            await work.session.execute(update(Keeper).values(fed=col(Keeper.fed) + 1))
            return "fed"

        zoo.events.after_commit(Fed, hear)
        holder = asyncio.create_task(hold())
        await held.wait()
        feeder = asyncio.create_task(zoo.run(feed))
        await until(lambda: zoo.repeater.repeats > 0)
        release.set()
        assert await feeder == "fed"
        await holder
        assert (heard, called) == ([attempts], [attempts])
        # SQLite's second writer is sent away before it begins.
        assert attempts > 1 or zoo.is_sqlite
        assert await _fed(zoo, key) == [2]


async def test_a_connection_lost_before_the_commit_is_repeated(server_zoo: DatabaseManager) -> None:
    attempts = 0

    async def add(work: UnitOfWork) -> None:
        nonlocal attempts
        attempts += 1
        await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
        if attempts == 1:
            await _end_connection_of(work, server_zoo)
        await Keeper.count(work.session)

    await server_zoo.run(add)
    async with server_zoo.read_session() as session:
        assert await Keeper.count(session) == 1
    assert (attempts, server_zoo.repeater.repeats) == (2, 1)


async def _end_connection_of(work: UnitOfWork, zoo: DatabaseManager) -> None:
    ours = (await work.session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    async with zoo.statement() as other:
        await other.execute(text("SELECT pg_terminate_backend(:pid, 5000)").bindparams(pid=ours))


async def test_a_connection_lost_in_the_commit_is_not_repeated(server_zoo: DatabaseManager) -> None:
    slow_commit = """
        CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON keeper DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION slow()
    """
    for part in slow_commit.split(";\n        CREATE CONSTRAINT"):
        async with server_zoo.statement() as connection:
            await connection.execute(text(part if "FUNCTION slow() RETURNS" in part else f"CREATE CONSTRAINT{part}"))
    attempts = 0

    async def add(work: UnitOfWork) -> None:
        nonlocal attempts
        attempts += 1
        await Keeper.create(work.session, keeper_id=new_id(), name="Kim")

    async def end_the_commit() -> None:
        committing = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        async with asyncio.timeout(20):
            while True:
                async with server_zoo.statement() as other:
                    if (await other.execute(committing)).all():
                        return

    ending = asyncio.create_task(end_the_commit())
    # Nobody can know whether it was stored, so a second attempt might store it twice.
    with pytest.raises(DatabaseUnavailable) as lost:
        await server_zoo.run(add)
    await ending
    assert not isinstance(lost.value, ConnectionLost)
    assert attempts == 1


async def test_regression_a_statement_that_commits_by_itself_is_never_said_to_be_undone(
    server_zoo: DatabaseManager, empty_postgresql_url: str
) -> None:
    async def end() -> None:
        ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        other = DatabaseManager(empty_postgresql_url)

        async def has_ended_it() -> bool:
            async with other.statement() as connection:
                return bool((await connection.execute(ended)).all())

        await until(has_ended_it)
        await other.close()

    ending = asyncio.create_task(end())
    with pytest.raises(DatabaseUnavailable) as lost:
        async with server_zoo.statement() as connection:
            await connection.execute(text("SELECT pg_sleep(20)"))
    await ending
    assert not isinstance(lost.value, ConnectionLost)


async def test_the_repeats_end(database: DatabaseManager, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = 0

    async def always_in_the_way(_work: UnitOfWork) -> None:
        nonlocal attempts
        attempts += 1
        raise DatabaseBusy("Another one was here.")

    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.0)
    with pytest.raises(DatabaseBusy):
        await database.run(always_in_the_way)
    assert attempts == retry.ATTEMPTS
    monkeypatch.setattr(retry, "BUDGET", 0.0)
    with pytest.raises(DatabaseBusy):
        await database.run(always_in_the_way)
    assert attempts == retry.ATTEMPTS + 1


async def test_an_error_of_the_work_is_not_repeated(database: DatabaseManager) -> None:
    attempts = 0

    async def wrong(_work: UnitOfWork) -> None:
        nonlocal attempts
        attempts += 1
        raise KeyError("ours")

    with pytest.raises(KeyError):
        await database.run(wrong)
    assert (attempts, database.repeater.repeats) == (1, 0)


async def test_old_connections_survive_a_migration(empty_database_url: str) -> None:
    async with opened(empty_database_url, ConnectionOptions(pool_size=1)) as zoo:
        await _add_keeper(zoo)

        async def read(work: UnitOfWork) -> list[str]:
            return list((await work.session.execute(text("SELECT * FROM keeper"))).keys())

        before = await zoo.run(read)
        async with zoo.statement() as connection:
            await connection.execute(text("ALTER TABLE keeper ADD COLUMN hat INTEGER"))
        assert await zoo.run(read) == [*before, "hat"]
        async with zoo.read_session() as session:
            assert await Keeper.count(session) == 1
