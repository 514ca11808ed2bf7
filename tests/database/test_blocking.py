"""The twin for scripts keeps the same rules as the awaited database."""

from __future__ import annotations

import subprocess
import sys

import pytest
from sqlalchemy import insert, select, text
from sqlmodel import col

from guildbase.core.errors import DatabaseUnavailable, InvalidInput
from guildbase.core.ports import Caller
from guildbase.database.connections.blocking import BlockingDatabase
from guildbase.database.connections.engines import ConnectionOptions
from guildbase.database.manager import DatabaseManager
from tests.database.zoo import Keeper, ZooAnimal
from tests.factories import new_id


@pytest.fixture
def script(zoo: DatabaseManager) -> BlockingDatabase:
    return zoo.blocking


def _keeper(script: BlockingDatabase, caller: Caller) -> int:
    keeper = Keeper(keeper_id=new_id(), name="Kim", notes={"likes": ["tea"]})
    with script.transaction(caller) as session:
        session.add(keeper)
    return keeper.keeper_id


async def test_what_a_script_stores_the_bot_reads(zoo: DatabaseManager, script: BlockingDatabase) -> None:
    actor = new_id()
    key = _keeper(script, Caller(user_id=actor))
    async with zoo.read_session() as session:
        keeper = await Keeper.get_by_id(session, key)
    assert keeper is not None
    assert (keeper.created_by, keeper.notes) == (actor, {"likes": ["tea"]})
    assert keeper.created_at.tzinfo is not None
    assert zoo.sync_engine is script.engine


async def test_an_exception_in_a_script_rolls_back(script: BlockingDatabase) -> None:
    with pytest.raises(KeyError), script.transaction() as session:
        session.add(Keeper(keeper_id=new_id(), name="Kim"))
        session.flush()
        raise KeyError
    with script.read_session() as session:
        assert session.execute(select(Keeper)).all() == []


async def test_a_script_validates_and_hides_deleted_rows(script: BlockingDatabase) -> None:
    with pytest.raises(InvalidInput):
        Keeper(keeper_id=new_id(), name="far too long")
    keeper = Keeper(keeper_id=new_id(), name="Kim")
    with script.transaction() as session:
        session.add(keeper)
        session.flush()
        session.add(ZooAnimal(keeper_id=keeper.keeper_id, name="Ada", chip=new_id()))
    with script.transaction() as session:
        session.execute(select(ZooAnimal)).scalar_one().soft_delete()
    with script.read_session() as session:
        assert session.execute(select(ZooAnimal)).all() == []


async def test_only_the_block_commits_and_a_read_session_stores_nothing(script: BlockingDatabase) -> None:
    with script.transaction() as session, pytest.raises(RuntimeError, match="Only the unit of work commits"):
        session.commit()
    keeper = Keeper(keeper_id=new_id(), name="Kim")
    with script.read_session() as session:
        with pytest.raises(RuntimeError, match="A read session stores nothing"):
            session.execute(insert(Keeper).values(keeper_id=new_id(), name="Kim"))
        session.add(keeper)
        with pytest.raises(RuntimeError, match="A read session stores nothing"):
            session.execute(select(Keeper))
        session.expunge(keeper)
        assert session.execute(select(col(Keeper.keeper_id))).all() == []


async def test_a_script_is_told_that_the_database_cannot_be_used() -> None:
    for url in ("postgresql://kim:hunter2@127.0.0.1:1/bot", "sqlite:////no-such-folder/bot.db"):
        manager = DatabaseManager(url)
        with pytest.raises(DatabaseUnavailable) as refused, manager.blocking.read_session() as session:
            session.execute(text("SELECT 1"))
        assert "hunter2" not in refused.value.text
        await manager.close()


async def test_a_slow_statement_of_a_script_is_ended(empty_database_url: str) -> None:
    manager = DatabaseManager(empty_database_url, ConnectionOptions(statement_timeout=0.2))
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(DatabaseUnavailable) as refused, manager.blocking.read_session() as session:
        session.execute(text(slow))
    assert "GUILDBASE_DATABASE_STATEMENT_TIMEOUT" in refused.value.hint
    with manager.blocking.read_session() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1
    await manager.close()


def test_the_bot_does_not_load_the_driver_of_scripts() -> None:
    code = "import guildbase.database.manager, sys; sys.exit('psycopg' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == 0
