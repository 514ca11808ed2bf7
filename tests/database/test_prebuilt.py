from __future__ import annotations

import asyncio
import os
import signal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import BigInteger, Select, String, Uuid, bindparam, func, literal, select, text

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.connections.engines import ConnectionOptions
from guildbase.database.connections.prebuilt import Prebuilt, PrebuiltRead, RefusedByServer
from guildbase.database.manager import DatabaseManager
from guildbase.testing.postgresql import PostgresProcess
from tests.waiting import until


def _echo() -> Select[int, str, int]:
    number, word = bindparam("number", type_=BigInteger), bindparam("word", type_=String)
    return select(number.label("first"), word.label("second"), literal(7, BigInteger).label("third"))


async def test_parameters_go_where_their_names_are(database: DatabaseManager) -> None:
    row = await PrebuiltRead(_echo()).run(database, word="drei", number=2**62)
    assert row is not None
    assert tuple(row) == (2**62, "drei", 7)


async def test_no_row_is_none(database: DatabaseManager) -> None:
    number = bindparam("number", type_=BigInteger)
    nothing = PrebuiltRead(select(number).where(number < 0))
    assert await nothing.run(database, number=1) is None
    row = await nothing.run(database, number=-1)
    assert row is not None
    assert tuple(row) == (-1,)


@pytest.fixture
async def postgresql(postgresql_url: str) -> DatabaseManager:
    return DatabaseManager(postgresql_url, ConnectionOptions(pool_size=2, pool_overflow=0, statement_timeout=0.5))


async def test_a_uuid_is_a_value_like_any_other(postgresql: DatabaseManager) -> None:
    key = uuid4()
    row = await Prebuilt(select(bindparam("key", type_=Uuid))).run(postgresql, key=key)
    assert row is not None
    assert UUID(str(row[0])) == key
    await postgresql.close()


async def test_a_connection_goes_back_to_the_pool_however_it_ends(postgresql: DatabaseManager) -> None:
    divided = Prebuilt(select(literal(1, BigInteger) / bindparam("by", type_=BigInteger)))
    for _ in range(5):
        with pytest.raises(RefusedByServer, match="division by zero"):
            await divided.run(postgresql, by=0)
        with pytest.raises(RefusedByServer, match="int64"):
            await divided.run(postgresql, by=2**70)
    assert await divided.run(postgresql, by=1)
    assert (await postgresql.health()).connections == 0
    await postgresql.close()


async def test_a_read_that_the_server_refuses_is_told_by_the_convenient_way(postgresql: DatabaseManager) -> None:
    divided = PrebuiltRead(select(literal(1, BigInteger) / bindparam("by", type_=BigInteger)))
    with pytest.raises(Exception, match="division by zero") as refused:
        await divided.run(postgresql, by=0)
    assert not isinstance(refused.value, RefusedByServer)
    await postgresql.close()


async def test_many_at_once_wait_for_their_connection(postgresql: DatabaseManager) -> None:
    echo = Prebuilt(_echo())
    rows = await asyncio.gather(*(echo.run(postgresql, number=number, word="x") for number in range(50)))
    assert [row[0] for row in rows if row is not None] == list(range(50))
    await postgresql.close()


async def test_one_that_is_given_up_leaves_a_connection_that_works(postgresql: DatabaseManager) -> None:
    sleeping = Prebuilt(select(func.pg_sleep(bindparam("seconds", type_=BigInteger))))
    for _ in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await sleeping.run(postgresql, seconds=5)
    assert await Prebuilt(_echo()).run(postgresql, number=1, word="x")
    await postgresql.close()


async def test_a_connection_that_ends_meanwhile_is_told_clearly_and_replaced(postgresql: DatabaseManager) -> None:
    sleeping, echo = Prebuilt(select(func.pg_sleep(bindparam("seconds", type_=BigInteger)))), Prebuilt(_echo())
    await echo.run(postgresql, number=1, word="x")
    hanging = asyncio.create_task(sleeping.run(postgresql, seconds=5))
    async with postgresql.statement() as connection:
        ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'")

        async def has_ended_it() -> bool:
            return bool((await connection.execute(ended)).all())

        await until(has_ended_it)
    with pytest.raises(DatabaseUnavailable, match="cannot be used"):
        await hanging
    for number in range(4):
        assert await echo.run(postgresql, number=number, word="x")
    await postgresql.close()


async def test_regression_one_time_out_costs_no_other_connection(postgresql_url: str) -> None:
    database = DatabaseManager(postgresql_url, ConnectionOptions(pool_size=2, statement_timeout=0.1))
    pid = Prebuilt(select(func.pg_backend_pid()))
    sleeping = Prebuilt(select(func.pg_sleep(bindparam("seconds", type_=BigInteger))))
    async with database.read_session() as other:
        kept = (await other.execute(select(func.pg_backend_pid()))).scalar_one()
        async with database.engine.connect() as connection:
            await connection.execute(text("SET statement_timeout = 0"))
            await connection.commit()  # Now only the driver's own time-out, a second later, ends it.
        with pytest.raises(DatabaseUnavailable, match="cannot be used"):
            await sleeping.run(database, seconds=60)
        assert await pid.run(database)
    # The one that came back last is lent first.
    row = await pid.run(database)
    assert row is not None
    assert row[0] == kept
    await database.close()


async def test_a_silent_server_is_given_up() -> None:
    server = PostgresProcess()
    database = DatabaseManager(server.url, ConnectionOptions(pool_size=1, pool_overflow=0, statement_timeout=0.1))
    echo = Prebuilt(_echo())
    row = await Prebuilt(select(func.pg_backend_pid())).run(database)
    assert row is not None
    os.kill(row[0], signal.SIGSTOP)
    try:
        with pytest.raises(DatabaseUnavailable, match="cannot be used"):
            await echo.run(database, number=1, word="x")
        assert await echo.run(database, number=2, word="x")
    finally:
        os.kill(row[0], signal.SIGCONT)
        await database.close()
        server.stop()
