"""One history for both databases: it goes up and down with rows, and leaves nothing half done."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import alembic.command
import pytest
from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from guildbase.core.errors import DatabaseUnavailable, InvalidInput
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.database.schema import migrate, revision
from guildbase.testing.migrations import (
    assert_models_match,
    assert_revisions_reversible,
    fill_every_table,
    schema_of,
)
from tests.database.histories import TABLE, write_history
from tests.database.schema import guildbase_metadata, guildbase_tables

MIGRATOR = """
import sys
from pathlib import Path
from guildbase.database.schema import migrate, revision
revision.OUR_FOLDER = Path(sys.argv[1])
print("ready", flush=True)
for url in sys.stdin:
    migrate.upgrade(url.strip())
    print("done", flush=True)
"""
ROUNDS = 20


async def _run(url: str, question: Callable[[Connection], Any]) -> Any:
    manager = DatabaseManager(url)
    try:
        async with manager.engine.begin() as connection:
            return await connection.run_sync(question)
    finally:
        await manager.close()


async def _tables(url: str) -> set[str]:
    return set(await _run(url, lambda connection: inspect(connection).get_table_names()))


async def test_every_revision_goes_up_and_down_and_up_with_rows(empty_database_url: str) -> None:
    # Releases before 0019 know warnings only.
    relabelled = {f"moderation_case.{column}" for column in ("case_type", "state", "notice")}
    walk = partial(assert_revisions_reversible, empty_database_url, relabelled=relabelled)
    walked = await asyncio.to_thread(walk)
    assert walked == revision.known()
    await asyncio.to_thread(assert_models_match, empty_database_url, guildbase_metadata())


async def test_the_whole_way_down_leaves_no_table_and_no_type(empty_database_url: str) -> None:
    url = empty_database_url
    await asyncio.to_thread(migrate.upgrade, url)
    ours = {table.name for table in guildbase_tables()}
    assert await _tables(url) >= ours
    before = await _run(url, schema_of)
    await _run(url, fill_every_table)
    await asyncio.to_thread(migrate.downgrade, url, "base")
    assert await _tables(url) == {"alembic_version"}
    # A type that is left behind would make the next upgrade fail.
    await asyncio.to_thread(migrate.upgrade, url)
    assert await _run(url, schema_of) == before


async def test_upgrading_twice_does_nothing(database_url: str) -> None:
    before = await _run(database_url, schema_of)
    await asyncio.to_thread(migrate.upgrade, database_url)
    assert await _run(database_url, schema_of) == before


async def test_a_generated_revision_is_plain_alembic_and_runs_on_both(
    empty_postgresql_url: str, empty_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Revisions are always generated against PostgreSQL. They must not need SQLModel, nor say what only one
    # of the databases understands.
    versions = tmp_path / "versions"
    versions.mkdir()
    monkeypatch.setattr(revision, "OUR_FOLDER", versions)
    (versions / "0000_nothing.py").write_text('revision = "0000"\ndown_revision = None\ndef upgrade(): pass\n')
    await asyncio.to_thread(migrate.upgrade, empty_postgresql_url)
    config = migrate.alembic_config(empty_postgresql_url, guildbase_metadata())
    generate: dict[str, Any] = {
        "message": "all of it",
        "autogenerate": True,
        "rev_id": "0001",
        "version_path": str(versions),
    }
    await asyncio.to_thread(lambda: alembic.command.revision(config, **generate))
    content = (versions / "0001_all_of_it.py").read_text()
    assert "sqlmodel" not in content
    assert "guildbase" not in content
    assert "sa.func.now()" in content
    assert "text('now()')" not in content
    assert "down_revision: str | None = '0000'" in content

    await asyncio.to_thread(migrate.upgrade, empty_postgresql_url)
    await asyncio.to_thread(migrate.upgrade, empty_sqlite_url)
    for url in (empty_postgresql_url, empty_sqlite_url):
        await asyncio.to_thread(assert_models_match, url, guildbase_metadata())


async def test_rebuilding_a_parent_does_not_delete_its_children(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # SQLite changes a table by dropping it, and with foreign keys on that takes the children along.
    family = """op.create_table("t_family", sa.Column("x", sa.Integer(), primary_key=True))
    child = sa.Column("x", sa.Integer(), sa.ForeignKey("t_family.x", ondelete="CASCADE"))
    op.create_table("child", child)
    op.execute("INSERT INTO t_family VALUES (1)")
    op.execute("INSERT INTO child VALUES (1)")"""
    rebuild = """with op.batch_alter_table("t_family") as batch:
        batch.alter_column("x", type_=sa.BigInteger())"""
    monkeypatch.setattr(revision, "OUR_FOLDER", write_history(tmp_path / "versions", family, rebuild))
    await asyncio.to_thread(migrate.upgrade, empty_database_url)
    assert await _run(empty_database_url, lambda found: found.scalar(text("SELECT count(*) FROM child"))) == 1


async def test_several_processes_may_migrate_at_once(
    empty_database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    # Many revisions give the other process many moments to come in between.
    versions = write_history(tmp_path / "versions", *(TABLE.format(number) for number in range(6)))
    urls = await asyncio.to_thread(_empty_databases, empty_database_url, tmp_path)
    wanted = {f"t_{number}" for number in range(6)} | {"alembic_version"}
    assert await asyncio.to_thread(_migrate_at_once, versions, urls) == [0, 0]
    for url in urls:
        assert await _tables(url) == wanted


def _empty_databases(url: str, folder: Path) -> list[str]:
    if url.startswith("sqlite"):
        return [f"sqlite:///{folder / f'round{number}.db'}" for number in range(ROUNDS)]
    import psycopg

    names = [f"{url.rsplit('/', 1)[1]}_{number}" for number in range(ROUNDS)]
    with psycopg.connect(url, autocommit=True) as connection:
        for name in names:
            connection.execute(f'CREATE DATABASE "{name}"')
    return [f"{url.rsplit('/', 1)[0]}/{name}" for name in names]


def _migrate_at_once(versions: Path, urls: list[str]) -> list[int]:
    """Let two processes begin with each database at the same moment; return how they ended."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen([sys.executable, "-c", MIGRATOR, str(versions)], **pipes) for _ in range(2)]
    for said in ["ready", *("done" for _ in urls)]:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == f"{said}\n"
        if urls:
            url = urls.pop(0)
            for process in processes:
                assert process.stdin is not None
                process.stdin.write(f"{url}\n")
                process.stdin.flush()
    for process in processes:
        process.communicate()
    return [process.returncode for process in processes]


async def test_an_unknown_revision_is_told_plainly(sqlite_url: str) -> None:
    with pytest.raises(InvalidInput, match="Can't locate revision"):
        await asyncio.to_thread(migrate.upgrade, sqlite_url, "no-such-revision")


async def test_a_database_of_a_newer_version_is_neither_upgraded_nor_downgraded(database_url: str) -> None:
    change = text("UPDATE alembic_version SET version_num = '9999'")
    await _run(database_url, lambda connection: connection.execute(change))
    for move in (lambda: migrate.upgrade(database_url), lambda: migrate.downgrade(database_url, "0001")):
        with pytest.raises(DatabaseUnavailable, match="9999, which this version does not know") as refused:
            await asyncio.to_thread(move)
        assert "Install the version of Guildbase that migrated it" in refused.value.hint


async def test_regression_a_server_that_refuses_the_migrator_is_unavailable(postgresql_url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="does not exist"):
        await asyncio.to_thread(migrate.upgrade, f"{postgresql_url}_absent")


async def test_steps_back_are_counted_from_where_the_database_is(empty_database_url: str) -> None:
    await asyncio.to_thread(migrate.upgrade, empty_database_url)
    await asyncio.to_thread(migrate.downgrade, empty_database_url, "-2")
    assert await _run(empty_database_url, revision.read_revisions) == [revision.known()[-3]]
    with pytest.raises(InvalidInput, match="There are not 40 steps back"):
        await asyncio.to_thread(migrate.downgrade, empty_database_url, "-40")
    await asyncio.to_thread(migrate.downgrade, empty_database_url, f"-{len(revision.known()) - 2}")
    assert await _tables(empty_database_url) == {"alembic_version"}


async def test_the_statements_can_be_written_instead_of_run(empty_sqlite_url: str) -> None:
    server = "postgresql://nobody@127.0.0.1:1/none"
    # SQLite must see its rows to change labels, which 0019 is the first to do.
    for url, end in ((empty_sqlite_url, "0018"), (server, revision.head())):
        statements = await asyncio.to_thread(migrate.upgrade_sql, url, "base", end)
        assert "CREATE TABLE moderation_case" in statements
        assert f"version_num='{end}'" in statements
        assert ("SET lock_timeout = '4s'" in statements) is url.startswith("postgresql")
    with pytest.raises(InvalidInput, match="must see the database"):
        await asyncio.to_thread(migrate.upgrade_sql, empty_sqlite_url)


def test_a_change_of_labels_is_written_where_it_needs_no_look_at_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = 'sync_enum("mood", old=["good", "bad"], new={}, columns=[("t", "mood")], mapping={})'
    first = "from guildbase.database.migrations.operations import sync_enum; "
    added = first + change.format('["good", "100%", "bad"]', "None")
    renamed = first + change.format('["fine", "bad"]', '{"good": "fine"}')
    merged = first + change.format('["bad"]', '{"good": "bad"}')
    monkeypatch.setattr(revision, "OUR_FOLDER", write_history(tmp_path / "versions", added, renamed, merged))
    server = "postgresql://nobody@127.0.0.1:1/none"
    assert """ALTER TYPE "mood" ADD VALUE '100%' AFTER 'good'""" in migrate.upgrade_sql(server, "base", "0001")
    assert """ALTER TYPE "mood" RENAME VALUE 'good' TO 'fine'""" in migrate.upgrade_sql(server, "0001", "0002")
    for url, start, end in ((server, "0002", "0003"), (f"sqlite:///{tmp_path / 'x.db'}", "base", "0001")):
        with pytest.raises(InvalidInput, match="must see the database"):
            migrate.upgrade_sql(url, start, end)


def test_the_package_carries_its_history() -> None:
    folder = files("guildbase").joinpath("database/migrations")
    assert folder.joinpath("env.py").is_file()
    assert folder.joinpath("script.py.mako").is_file()
    versions = [item.name for item in folder.joinpath("versions").iterdir()]
    assert any(name.startswith(migrate.head()) for name in versions)


def test_no_revision_was_left_unfinished() -> None:
    for item in files("guildbase").joinpath("database/migrations/versions").iterdir():
        if item.name.endswith(".py"):
            assert "FIXME" not in item.read_text()


def test_our_own_features_have_no_lines_of_their_own(registry: FeatureRegistry) -> None:
    assert [branch.feature for branch in revision.branches(registry)] == [""]
