from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from guildbase.core.errors import ConfigurationError, DatabaseUnavailable
from guildbase.core.settings import Settings
from guildbase.database.connections.address import for_blocking_driver, parse_url, sqlite_file
from guildbase.database.connections.engines import ConnectionOptions
from guildbase.database.manager import DatabaseManager
from tests.database.zoo import Keeper, opened
from tests.factories import new_id


async def _add_keeper(zoo: DatabaseManager) -> int:
    async with zoo.transaction() as work:
        return (await Keeper.create(work.session, keeper_id=new_id(), name="Kim")).keeper_id


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_sqlite_waits_for_locks_checks_foreign_keys_and_lets_readers_in(sqlite_url: str) -> None:
    manager = DatabaseManager(sqlite_url)
    async with manager.read_session() as session:
        told = {
            name: (await session.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    await manager.close()
    assert told == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 4000}


async def test_200_concurrent_changes_of_one_row_lose_nothing(zoo: DatabaseManager) -> None:
    key = await _add_keeper(zoo)

    async def feed() -> None:
        async with zoo.transaction() as work:
            # SQLite knows no row locks; there the transaction took its lock at the start.
            locked = select(Keeper).where(col(Keeper.keeper_id) == key).with_for_update()
            keeper = (await work.session.execute(locked)).scalar_one()
            await keeper.update(work.session, fed=keeper.fed + 1)

    await asyncio.gather(*(feed() for _ in range(200)))
    async with zoo.read_session() as session:
        keeper = await Keeper.get_by_id(session, key)
    assert keeper is not None
    assert keeper.fed == 200


async def test_readers_and_a_writer_do_not_wait_for_each_other(zoo: DatabaseManager) -> None:
    key = await _add_keeper(zoo)
    async with asyncio.timeout(5), zoo.read_session() as session:
        assert await Keeper.count(session) == 1
        async with zoo.transaction() as work:
            await work.session.execute(update(Keeper).where(col(Keeper.keeper_id) == key).values(fed=1))
            async with zoo.read_session() as other:
                assert await Keeper.count(other) == 1


async def test_regression_a_read_session_sees_one_state_of_the_database(zoo: DatabaseManager) -> None:
    async with zoo.read_session() as session:
        assert await Keeper.count(session) == 0
        await _add_keeper(zoo)
        assert await Keeper.count(session) == 0
    async with zoo.read_session() as session:
        assert await Keeper.count(session) == 1


async def test_regression_what_is_changed_in_a_read_session_is_never_stored(zoo: DatabaseManager) -> None:
    key = await _add_keeper(zoo)
    async with zoo.read_session() as session:
        keeper = await Keeper.get_by_id(session, key)
        assert keeper is not None
        keeper.fed = 7
        with pytest.raises(RuntimeError, match="Only the unit of work commits"):
            await session.commit()
        with pytest.raises(RuntimeError, match="A read session stores nothing"):
            await session.flush()
        with pytest.raises(RuntimeError, match="A read session stores nothing"):
            await session.execute(update(Keeper).values(fed=7))
    async with zoo.read_session() as session:
        stored = await Keeper.get_by_id(session, key)
        assert stored is not None
        assert stored.fed == 0


async def test_a_read_session_does_not_make_the_next_transaction_read_only(zoo: DatabaseManager) -> None:
    # Both take their connections from one pool.
    for _ in range(3):
        async with zoo.read_session() as session:
            await Keeper.count(session)
        await _add_keeper(zoo)
    async with zoo.read_session() as session:
        assert await Keeper.count(session) == 3


async def test_ping_answers(database: DatabaseManager) -> None:
    await database.ping()
    assert database.is_sqlite == (database.backend == "sqlite")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "no-such-host.invalid"])
async def test_regression_an_unreachable_server_is_one_error_without_the_password(host: str) -> None:
    manager = DatabaseManager(f"postgresql://kim:hunter2@{host}:{_closed_port()}/bot")
    with pytest.raises(DatabaseUnavailable) as refused:
        await manager.ping()
    with pytest.raises(DatabaseUnavailable):
        async with manager.transaction() as work:
            await work.session.execute(text("SELECT 1"))
    await manager.close()
    assert refused.value.status == 503
    assert f"postgresql+asyncpg://kim:***@{host}" in refused.value.message
    assert "hunter2" not in refused.value.text + manager.description
    assert "\n" not in refused.value.text
    assert "GUILDBASE_DATABASE_URL" in refused.value.hint


@pytest.mark.parametrize(("part", "wrong"), [("database", "no_such_database"), ("username", "no_such_role")])
async def test_regression_a_server_that_refuses_us_is_unavailable(postgresql_url: str, part: str, wrong: str) -> None:
    url = parse_url(postgresql_url).set(**{part: wrong})  # type: ignore[arg-type]
    manager = DatabaseManager(url.render_as_string(hide_password=False))
    with pytest.raises(DatabaseUnavailable, match=f'"{wrong}" does not exist'):
        await manager.ping()
    await manager.close()


async def test_a_server_that_never_answers_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        manager = DatabaseManager(
            f"postgresql://kim@127.0.0.1:{silent.getsockname()[1]}/bot", ConnectionOptions(connect_timeout=0.2)
        )
        with pytest.raises(DatabaseUnavailable, match="cannot be used: TimeoutError"):
            await manager.ping()
        await manager.close()


async def test_a_file_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    manager = DatabaseManager(f"sqlite:///{tmp_path}/absent/bot.db")
    with pytest.raises(DatabaseUnavailable, match="unable to open database file"):
        await manager.ping()
    await manager.close()


async def test_a_lost_connection_is_unavailable_and_the_next_one_works(postgresql_url: str) -> None:
    async with opened(postgresql_url) as zoo:
        with pytest.raises(DatabaseUnavailable):
            async with zoo.transaction() as work:
                await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
                ours = (await work.session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
                async with zoo.transaction() as other:
                    await other.session.execute(text("SELECT pg_terminate_backend(:pid, 5000)").bindparams(pid=ours))
                await Keeper.count(work.session)
        async with zoo.read_session() as session:
            assert await Keeper.count(session) == 0


async def test_more_work_than_connections_waits_and_then_says_so(sqlite_url: str) -> None:
    manager = DatabaseManager(sqlite_url, ConnectionOptions(pool_size=1, pool_overflow=1, pool_timeout=0.1))
    async with manager.read_session() as one, manager.read_session() as other:
        await one.execute(text("SELECT 1"))
        await other.execute(text("SELECT 1"))
        with pytest.raises(DatabaseUnavailable, match="QueuePool limit") as refused:
            async with manager.read_session() as third:
                await third.execute(text("SELECT 1"))
        assert "GUILDBASE_DATABASE_POOL_SIZE" in refused.value.hint
    await manager.ping()
    await manager.close()


async def test_a_wrong_statement_is_our_fault_and_not_the_databases(zoo: DatabaseManager) -> None:
    wrong = "SELECT no_such_column FROM keeper"
    with pytest.raises(DBAPIError, match="no_such_column"):
        async with zoo.read_session() as session:
            await session.execute(text(wrong))


async def test_regression_an_error_of_the_work_itself_stays_what_it_is(zoo: DatabaseManager) -> None:
    error = ConnectionResetError("Discord hung up")
    with pytest.raises(ConnectionResetError) as raised:
        async with zoo.transaction():
            raise error
    assert raised.value is error


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "bot.db").write_text("This is a letter and no database. " * 100)
    manager = DatabaseManager(f"sqlite:///{tmp_path}/bot.db")
    with pytest.raises(DatabaseUnavailable, match="file is not a database"):
        await manager.ping()
    await manager.close()


async def test_an_option_that_the_driver_does_not_know_is_named() -> None:
    manager = DatabaseManager("postgresql://kim@127.0.0.1/bot?colour=red")
    with pytest.raises(ConfigurationError, match="colour"):
        await manager.ping()
    await manager.close()


def test_replicas_are_postgresqls_alone(sqlite_url: str) -> None:
    settings = Settings(database_url=sqlite_url, database_replica_urls='["postgresql://kim:hunter2@h/n"]')  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="GUILDBASE_DATABASE_REPLICA_URLS") as refused:
        DatabaseManager.from_settings(settings)
    assert "hunter2" not in refused.value.text


async def test_the_settings_reach_the_connections(postgresql_url: str) -> None:
    manager = DatabaseManager.from_settings(
        Settings(
            database_url=postgresql_url,
            database_pool_size=3,
            database_pool_overflow=1,
            database_pool_timeout=0.5,
            database_statement_timeout=7,
            database_lock_timeout=6,
            database_replica_urls=[postgresql_url],  # type: ignore[arg-type]
            database_replica_max_lag=9,
        )
    )
    assert manager.options == ConnectionOptions(
        pool_size=3,
        pool_overflow=1,
        pool_timeout=0.5,
        statement_timeout=7,
        lock_timeout=6,
        replica_urls=(postgresql_url,),
        replica_max_lag=9,
    )
    # It is no replica, since it follows nobody, so it is not read from.
    assert set((await manager.health()).replica_lags.values()) == {None}
    await manager.close()
    patient = DatabaseManager.from_settings(Settings(database_url=postgresql_url), statement_timeout=600)
    assert patient.options == ConnectionOptions(statement_timeout=600)
    await patient.close()


def test_only_sqlite_has_a_file() -> None:
    assert sqlite_file("sqlite:///a/bot.db") == Path("a/bot.db")
    assert sqlite_file("postgresql://u@h/n") is None


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("sqlite:///a.db", "sqlite+aiosqlite:///a.db"),
        ("sqlite:////var/a.db", "sqlite+aiosqlite:////var/a.db"),
        ("postgres://u:p@h/n", "postgresql+asyncpg://u:p@h/n"),
        ("postgresql://u:p@h:5433/n", "postgresql+asyncpg://u:p@h:5433/n"),
        ("postgresql+psycopg://u:p@h/n", "postgresql+asyncpg://u:p@h/n"),
        ("postgresql://u@h/n?password=p", "postgresql+asyncpg://u:p@h/n"),
        ("postgresql://u:p@h/n?sslmode=require", "postgresql+asyncpg://u:p@h/n?ssl=require"),
    ],
)
def test_a_url_gets_our_driver(given: str, meant: str) -> None:
    assert parse_url(given).render_as_string(hide_password=False) == meant


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("sqlite:////var/a.db", "sqlite:////var/a.db"),
        ("postgresql://u:p@h/n?sslmode=require", "postgresql+psycopg://u:p@h/n?sslmode=require"),
    ],
)
def test_scripts_get_the_blocking_driver(given: str, meant: str) -> None:
    assert for_blocking_driver(parse_url(given)).render_as_string(hide_password=False) == meant


@pytest.mark.parametrize(
    "wrong",
    [
        "nonsense",
        "postgresql://u:hunter2@h:port/n",
        "mysql://u:hunter2@h/n",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
    ],
)
def test_a_url_that_cannot_work_is_a_configuration_error(wrong: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        DatabaseManager(wrong)
    assert refused.value.hint
    assert "hunter2" not in refused.value.text


async def test_regression_a_url_with_libpqs_sslmode_connects(postgresql_url: str) -> None:
    manager = DatabaseManager(f"{postgresql_url}?sslmode=prefer")
    await manager.ping()
    await manager.close()
