"""No statement, no lock and no idle transaction holds a connection for ever."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select, text, update
from sqlmodel import col

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.connections.engines import ConnectionOptions
from guildbase.database.connections.failures import ConnectionLost, DatabaseBusy
from guildbase.database.manager import DatabaseManager
from tests.database.zoo import Keeper, opened
from tests.factories import new_id

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


async def test_a_slow_statement_is_ended_and_the_connection_goes_on(empty_database_url: str) -> None:
    async with opened(empty_database_url, ConnectionOptions(pool_size=1, statement_timeout=0.2)) as zoo:
        async with asyncio.timeout(30):
            with pytest.raises(DatabaseUnavailable) as refused:
                async with zoo.read_session() as session:
                    await session.execute(text(ENDLESS))
            with pytest.raises(DatabaseUnavailable):
                async with zoo.statement() as connection:
                    await connection.execute(text(ENDLESS))
        assert "GUILDBASE_DATABASE_STATEMENT_TIMEOUT" in refused.value.hint
        async with zoo.transaction() as work:
            await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
        async with zoo.read_session() as session:
            assert await Keeper.count(session) == 1


async def test_who_waits_too_long_for_a_lock_is_told_that_the_database_is_busy(empty_database_url: str) -> None:
    async with opened(empty_database_url, ConnectionOptions(lock_timeout=0.1)) as zoo:
        async with zoo.transaction() as work:
            await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
        async with zoo.transaction() as holder:
            await holder.session.execute(update(Keeper).values(fed=1))
            with pytest.raises(DatabaseBusy) as refused:
                async with zoo.transaction() as work:
                    await work.session.execute(update(Keeper).values(fed=2))
        assert refused.value.status == 503
        async with zoo.read_session() as session:
            assert (await session.execute(select(col(Keeper.fed)))).scalar_one() == 1


async def test_another_program_that_holds_sqlite_makes_it_busy(empty_sqlite_url: str) -> None:
    options = ConnectionOptions(lock_timeout=0.1)
    async with opened(empty_sqlite_url, options) as zoo, opened(empty_sqlite_url, options) as other:
        async with other.transaction() as work:
            await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
            with pytest.raises(DatabaseBusy, match="database is locked"):
                async with zoo.transaction() as mine:
                    await Keeper.count(mine.session)
        assert await zoo.run(lambda mine: Keeper.count(mine.session)) == 1


async def test_a_transaction_that_idles_too_long_is_ended_by_the_server(empty_postgresql_url: str) -> None:
    async with opened(empty_postgresql_url, ConnectionOptions(idle_timeout=0.1)) as zoo:
        with pytest.raises(ConnectionLost):
            async with zoo.transaction() as work:
                ours = (await work.session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
                await _until_ended(zoo, ours)
                await Keeper.count(work.session)
        await zoo.ping()


async def _until_ended(zoo: DatabaseManager, process: int) -> None:
    living = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid").bindparams(pid=process)
    async with asyncio.timeout(20):
        while True:
            async with zoo.statement() as connection:
                if not (await connection.execute(living)).scalar_one():
                    return


async def test_the_server_knows_who_is_there_and_what_the_limits_are(postgresql_url: str) -> None:
    manager = DatabaseManager(postgresql_url)
    names = ("application_name", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit")
    async with manager.read_session() as session:
        told = [(await session.execute(text(f"SHOW {name}"))).scalar_one() for name in names]
    await manager.close()
    assert told == ["guildbase", "5s", "4s", "15s", "off"]


async def test_a_ping_does_not_wait_for_a_free_connection_for_ever(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guildbase.database.manager.PING_TIMEOUT", 0.1)
    manager = DatabaseManager(database_url, ConnectionOptions(pool_size=1, pool_overflow=0, pool_timeout=60))
    async with manager.read_session() as session:
        await session.execute(text("SELECT 1"))
        with pytest.raises(DatabaseUnavailable, match="did not answer in time"):
            await manager.ping()
    await manager.close()


async def test_health_tells_latency_connections_and_repeats(database: DatabaseManager) -> None:
    async with database.read_session() as session:
        await session.execute(text("SELECT 1"))
        health = await database.health()
    assert 0 < health.latency < 10
    assert (health.connections, health.max_connections, health.repeats) == (1, 20, 0)
    assert health.replica_lags == {}
