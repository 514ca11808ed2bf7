"""The database's clock: what is due is decided by it, and tests can put it forward."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from guildbase.core import clock
from guildbase.core.clock import utcnow
from guildbase.database.clock import database_now, prebuilt_now
from guildbase.database.connections.prebuilt import PrebuiltRead
from guildbase.database.manager import DatabaseManager


async def test_the_databases_moment_is_aware_and_about_now(database: DatabaseManager) -> None:
    async with database.read_session() as session:
        now = (await session.execute(select(database_now()))).scalar_one()
        later = (await session.execute(select(database_now(timedelta(hours=1.5))))).scalar_one()
    assert abs(now - utcnow()) < timedelta(seconds=30)
    assert timedelta(minutes=89) < later - now < timedelta(minutes=91)


async def test_a_clock_that_is_put_forward_moves_the_databases_too(
    database: DatabaseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "ahead", timedelta(days=3))
    async with database.read_session() as session:
        now = (await session.execute(select(database_now()))).scalar_one()
    assert abs(now - utcnow()) < timedelta(seconds=30)


async def test_a_statement_that_is_built_once_follows_the_clock_too(database: DatabaseManager) -> None:
    statement = PrebuiltRead(select(prebuilt_now()))
    now, later = [await statement.run(database, ahead=ahead) for ahead in (timedelta(0), timedelta(hours=1.5))]
    assert now is not None
    assert later is not None
    assert abs(now[0] - utcnow()) < timedelta(seconds=30)
    assert timedelta(minutes=89) < later[0] - now[0] < timedelta(minutes=91)
