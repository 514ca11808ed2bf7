"""A revision that ends early leaves nothing, wherever it is cut and by whatever; who waits for a lock gives up."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.connections.address import for_blocking_driver, parse_url
from guildbase.database.manager import DatabaseManager
from guildbase.database.migrations.connection import migrating
from guildbase.database.schema import migrate, revision
from guildbase.database.schema.migrate import MigrationFailed, Patience
from guildbase.testing.migrations import fill_every_table
from tests.database.histories import TABLE, write_history

IMPATIENT = Patience(lock_timeout=0.2, attempts=3, pause=0.05)
CATALOGUE = {
    "sqlite": "SELECT group_concat(name || sql, ';') FROM (SELECT name, sql FROM sqlite_master ORDER BY name)",
    "postgresql": """SELECT string_agg(found, ';' ORDER BY found) FROM (
        SELECT c.relname::text || c.relkind::text || coalesce(pg_get_indexdef(c.oid), '')
            || coalesce(a.attname::text, '') || ' ' || coalesce(a.atttypid::regtype::text, '') AS found
        FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT conname::text || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT typname::text || coalesce(enumlabel::text, '')
        FROM pg_type LEFT JOIN pg_enum ON enumtypid = pg_type.oid
        WHERE typnamespace = 'public'::regnamespace) AS everything""",
}
KILLED_MIGRATOR = """
import os, signal, sys
import sqlalchemy as sa
from guildbase.database.schema import migrate
left = int(sys.argv[2])
@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def _count(_connection, _cursor, statement, *_):
    global left
    left -= statement.lstrip().startswith(("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE"))
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
migrate.upgrade(sys.argv[1])
"""


class Cut(Exception):
    """The fault that is put in."""


@contextmanager
def cut_before(number: int) -> Iterator[list[str]]:
    """Fail before the statement of that number among those that change something; yields what was run before it."""
    ran: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().startswith(("CREATE", "ALTER", "DROP", "INSERT", "UPDATE", "DELETE")):
            ran.append(statement)
            if len(ran) == number:
                raise Cut

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        yield ran
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)


def state_of(url: str) -> tuple[Any, ...]:
    """Everything in the catalogue, and the number of rows in every table."""
    with migrating(parse_url(url), Patience()) as connection:
        tables = sorted(sa.inspect(connection).get_table_names())
        catalogue = connection.exec_driver_sql(CATALOGUE[connection.dialect.name]).scalar()
        return catalogue, _counts(connection, tables), revision.read_revisions(connection)


def _counts(connection: Connection, tables: list[str]) -> list[tuple[str, int]]:
    if not tables:
        return []
    # One statement of plain text: to compile one for each of a hundred tables takes longer than all else here.
    counts = ", ".join(f'(SELECT count(*) FROM "{name}")' for name in tables)  # noqa: S608
    return list(zip(tables, connection.exec_driver_sql(f"SELECT {counts}").one(), strict=True))


def _fill(url: str) -> None:
    with migrating(parse_url(url), Patience()) as connection:
        fill_every_table(connection)
        connection.commit()


def _cut_everywhere(url: str, move: Callable[[], None], step: int) -> int:
    before, number = state_of(url), 1 - step
    while True:
        number += step
        with cut_before(number) as ran:
            try:
                move()
            except Cut:
                assert state_of(url) == before, ran[-1]
            else:
                return number // step


async def test_every_revision_cut_at_its_statements_leaves_nothing(empty_database_url: str) -> None:
    def run() -> int:
        # The server itself undoes statements; on SQLite it is the driver that would commit before each one.
        cuts, step = 0, 10 if empty_database_url.startswith("postgresql") else 3
        for place, name in enumerate(revision.known()):
            _fill(empty_database_url)
            below = revision.known()[place - 1] if place else "base"
            cuts += _cut_everywhere(empty_database_url, partial(migrate.upgrade, empty_database_url, name), step)
            _fill(empty_database_url)
            cuts += _cut_everywhere(empty_database_url, partial(migrate.downgrade, empty_database_url, below), step)
            migrate.upgrade(empty_database_url, name)
        return cuts

    assert await asyncio.to_thread(run) > 25
    assert state_of(empty_database_url)[2] == [revision.head()]


async def test_a_migrator_killed_at_any_statement_leaves_whole_revisions(empty_database_url: str) -> None:
    for number in (5, 30):
        command = [sys.executable, "-c", KILLED_MIGRATOR, empty_database_url, str(number)]
        done = await asyncio.to_thread(subprocess.run, command, check=False)
        assert done.returncode == -signal.SIGKILL
    await asyncio.to_thread(migrate.upgrade, empty_database_url)
    manager = DatabaseManager(empty_database_url)
    await migrate.require_head(manager)
    await manager.close()


async def test_a_refused_statement_is_one_clear_error(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = f"{TABLE.format('two')}; op.drop_table('no_such_table')"
    monkeypatch.setattr(revision, "OUR_FOLDER", write_history(tmp_path / "versions", TABLE.format("one"), failing))
    with pytest.raises(MigrationFailed, match=r"The migration failed: .*no_such_table") as refused:
        await asyncio.to_thread(migrate.upgrade, empty_database_url)
    assert refused.value.hint == "Nothing of the failed revision is left behind."
    # On SQLite the whole upgrade is one transaction: no other migrator can come in between two revisions.
    is_postgresql = empty_database_url.startswith("postgresql")
    assert [name for name, _ in state_of(empty_database_url)[1] if name.startswith("t_")] == ["t_one"] * is_postgresql
    assert state_of(empty_database_url)[2] == ["0001"] * is_postgresql
    write_history(tmp_path / "versions", TABLE.format("one"), TABLE.format("two"))
    await asyncio.to_thread(migrate.upgrade, empty_database_url)
    assert state_of(empty_database_url)[2] == ["0002"]


async def test_behind_a_lock_it_gives_up_in_time_and_traffic_goes_on(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revision, "OUR_FOLDER", _one_more(tmp_path, "guild"))
    said: list[str] = []
    times: list[float] = []
    schema = state_of(postgresql_url)[0]
    engine = sa.create_engine(for_blocking_driver(parse_url(postgresql_url)))
    manager = DatabaseManager(postgresql_url)
    with engine.connect() as slow:
        slow.exec_driver_sql("LOCK TABLE guild IN ROW SHARE MODE")  # What SELECT ... FOR UPDATE takes.
        traffic = asyncio.create_task(_traffic(manager, times))
        with pytest.raises(DatabaseUnavailable, match="lock timeout") as refused:
            await asyncio.to_thread(migrate.upgrade, postgresql_url, patience=IMPATIENT, tell=said.append)
        assert "Gave up after 3 attempts" in refused.value.hint
        assert said == [f"Somebody holds a lock; next attempt in 0.05 s ({number} of 3)." for number in (1, 2)]
        assert state_of(postgresql_url)[0] == schema
        slow.rollback()
    await asyncio.to_thread(migrate.upgrade, postgresql_url, patience=IMPATIENT)
    traffic.cancel()
    with pytest.raises(asyncio.CancelledError):
        await traffic
    assert len(times) > 5
    assert max(times) < IMPATIENT.lock_timeout + 1
    await manager.close()
    engine.dispose()
    assert state_of(postgresql_url)[2] == ["0099"]


async def test_a_statement_that_takes_too_long_is_ended(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revision, "OUR_FOLDER", _one_more(tmp_path, "guild", 'op.execute("SELECT pg_sleep(20)")'))
    with pytest.raises(DatabaseUnavailable, match="statement timeout") as refused:
        await asyncio.to_thread(migrate.upgrade, postgresql_url, patience=Patience(statement_timeout=0.2))
    assert "--statement-timeout" in refused.value.hint


async def test_a_lost_connection_is_one_clear_error(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state_of(postgresql_url)
    lost = 'op.execute("SELECT pg_terminate_backend(pg_backend_pid())")'
    monkeypatch.setattr(revision, "OUR_FOLDER", _one_more(tmp_path, "guild", lost))
    with pytest.raises(DatabaseUnavailable, match="cannot be used"):
        await asyncio.to_thread(migrate.upgrade, postgresql_url)
    monkeypatch.undo()
    assert state_of(postgresql_url) == before
    await asyncio.to_thread(migrate.upgrade, postgresql_url)


async def test_old_connections_work_on_while_the_schema_changes(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revision, "OUR_FOLDER", _one_more(tmp_path, "guild"))
    manager, times = DatabaseManager(postgresql_url), list[float]()
    traffic = [asyncio.create_task(_traffic(manager, times)) for _ in range(4)]
    for _ in range(5):
        await asyncio.to_thread(migrate.upgrade, postgresql_url)
        await asyncio.to_thread(migrate.downgrade, postgresql_url, "-1")
    for task in traffic:
        task.cancel()
    outcomes = await asyncio.gather(*traffic, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes), outcomes
    assert len(times) > 20
    await manager.close()


async def _traffic(manager: DatabaseManager, times: list[float]) -> None:
    """Read and write guilds all the time, as the bot does."""
    from guildbase.core.clock import utcnow
    from guildbase.platform.guilds.models import Guild
    from tests.factories import new_id

    while True:
        begun = time.monotonic()
        async with manager.transaction() as work:
            work.session.add(Guild(guild_id=new_id(), joined_at=utcnow()))
        async with manager.read_session() as session:
            await session.execute(sa.select(Guild).limit(3))
        times.append(time.monotonic() - begun)
        await asyncio.sleep(0.002)


def _one_more(folder: Path, table: str, extra: str = "pass") -> Path:
    """Return a copy of our history with one more revision, which adds a column and an index."""
    versions = folder / "versions"
    versions.mkdir()
    for path in revision.OUR_FOLDER.glob("0*.py"):
        (versions / path.name).write_text(path.read_text())
    body = f'op.add_column("{table}", sa.Column("extra", sa.String(10)))\n    {extra}'
    back = f'op.drop_column("{table}", "extra")'
    write_history(versions, body, first=99, down=revision.head(), back=back)
    return versions
