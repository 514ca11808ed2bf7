"""Through PgBouncer each transaction may meet another connection of the server's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.connections.engines import ConnectionOptions
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.testing.postgresql import PostgresProcess
from tests.database.pgbouncer import PgBouncer
from tests.database.zoo import Keeper, opened
from tests.factories import new_id
from tools import pgbouncer

OPTIONS = ConnectionOptions(is_behind_pgbouncer=True, pool_timeout=30, statement_timeout=3)


@pytest.fixture(scope="module")
def bouncer(own_server: PostgresProcess) -> Iterator[PgBouncer]:
    program = pgbouncer.find()
    if program is None and os.environ.get("CI") == "true":
        pytest.fail(f"PgBouncer must be tested in CI: {pgbouncer.HOW_TO_GET_ONE}", pytrace=False)
    if program is None:
        pytest.skip(pgbouncer.HOW_TO_GET_ONE)
    bouncer = PgBouncer(program, own_server)
    yield bouncer
    bouncer.stop()


@pytest.fixture
async def zoo(bouncer: PgBouncer) -> AsyncIterator[DatabaseManager]:
    async with opened(bouncer.url, OPTIONS) as manager:
        yield manager


async def _add(work: UnitOfWork) -> int:
    return (await Keeper.create(work.session, keeper_id=new_id(), name="Kim", notes={"a": [1]})).keeper_id


async def test_300_transactions_of_20_clients_over_three_connections_all_succeed(zoo: DatabaseManager) -> None:
    async def live() -> None:
        for _ in range(5):
            key = await zoo.run(_add)
            async with zoo.read_session() as session:
                keeper = await Keeper.get_by_id(session, key)
            async with zoo.statement() as connection:
                one = select(col(Keeper.name)).where(col(Keeper.keeper_id) == key)
                name = (await connection.execute(one)).scalar_one()
            assert keeper is not None
            assert (keeper.notes, name) == ({"a": [1]}, "Kim")

    await asyncio.gather(*(live() for _ in range(20)))
    async with zoo.read_session() as session:
        left_over = (await session.execute(text("SELECT count(*) FROM pg_prepared_statements"))).scalar_one()
    # The present statement itself has no name; anything more would pile up in the server for ever.
    assert left_over <= 1


async def test_a_slow_statement_is_ended_and_other_clients_keep_their_own_settings(
    zoo: DatabaseManager, bouncer: PgBouncer
) -> None:
    async with opened(bouncer.url, ConnectionOptions(is_behind_pgbouncer=True, statement_timeout=0.2)) as hasty:
        with pytest.raises(DatabaseUnavailable, match="statement timeout"):
            async with hasty.read_session() as session:
                await session.execute(text("SELECT pg_sleep(60)"))
        async with hasty.transaction() as work:
            assert (await work.session.execute(text("SHOW statement_timeout"))).scalar_one() == "200ms"
    async with zoo.read_session() as session:
        assert (await session.execute(text("SHOW statement_timeout"))).scalar_one() == "3s"


async def test_scripts_go_through_it_too(zoo: DatabaseManager) -> None:
    def script() -> int:
        found = 0
        for _ in range(20):
            with zoo.blocking.transaction() as session:
                session.add(Keeper(keeper_id=new_id(), name="Lee"))
            with zoo.blocking.read_session() as session:
                found += session.execute(select(col(Keeper.name)).where(col(Keeper.name) == "Lee")).first() is not None
        return found

    both = await asyncio.gather(asyncio.to_thread(script), asyncio.to_thread(script))
    assert list(both) == [20, 20]
