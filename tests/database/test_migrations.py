"""One history for both databases: it goes up and down with rows, and leaves nothing half done."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import alembic.command
import pytest
from alembic.config import Config
from sqlalchemy import Enum, MetaData, func, inspect, select, text
from sqlalchemy.dialects.postgresql.base import PGInspector
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from guildbase.core.errors import DatabaseUnavailable, InvalidInput
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database import migrate
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation.controller import ModerationController
from guildbase.services.assembly import assemble
from guildbase.services.command_sync import CommandSync
from tests.database.schema import guildbase_metadata, guildbase_tables
from tests.factories import moderator, new_id, target

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    op.drop_table("t_{revision}")
"""
TABLE = 'op.create_table("t_{}", sa.Column("x", sa.Integer(), primary_key=True))'
MIGRATOR = """
import sys
import alembic.command
from guildbase.database.migrate import alembic_config
config = alembic_config(sys.argv[1])
config.set_main_option("path_separator", "os")
config.set_main_option("version_locations", sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
alembic.command.upgrade(config, "head")
"""


def other_history(url: str, versions: Path | str, metadata: MetaData | None = None) -> Config:
    """Return our configuration, with other revisions."""
    config = migrate.alembic_config(url, metadata)
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(versions))
    return config


async def _run(url: str, question: Callable[[Connection], Any]) -> Any:
    manager = DatabaseManager(url)
    try:
        async with manager.engine.begin() as connection:
            return await connection.run_sync(question)
    finally:
        await manager.close()


async def _tables(url: str) -> set[str]:
    return set(await _run(url, lambda connection: inspect(connection).get_table_names()))


def _history(folder: Path, **upgrades: str) -> Path:
    """Write revisions that follow each other in the given order."""
    folder.mkdir(exist_ok=True)
    down = None
    for revision, upgrade in upgrades.items():
        content = REVISION.format(revision=revision, down=down, upgrade=upgrade)
        (folder / f"{revision}.py").write_text(content)
        down = revision
    return folder


@pytest.fixture
def use_history(monkeypatch: pytest.MonkeyPatch, empty_database_url: str) -> Callable[[Path], None]:
    """Let our own `upgrade()` run another history with our environment."""

    def use(versions: Path) -> None:
        configured = {url: other_history(url, versions) for url in [empty_database_url]}
        monkeypatch.setattr(migrate, "alembic_config", configured.__getitem__)

    return use


async def test_up_down_and_up_again_with_rows(empty_database_url: str, registry: FeatureRegistry) -> None:
    url = empty_database_url
    await asyncio.to_thread(migrate.upgrade, url)
    ours = {table.name for table in guildbase_tables()}
    assert await _tables(url) == ours | {"alembic_version"}
    before = await _run(url, _schema)
    await _fill(url, registry)

    await asyncio.to_thread(migrate.downgrade, url, "base")
    assert await _tables(url) == {"alembic_version"}
    # A type that is left behind would make the next upgrade fail.
    await asyncio.to_thread(migrate.upgrade, url)
    assert await _run(url, _schema) == before
    assert await _run(url, lambda connection: connection.execute(text("SELECT count(*) FROM guild")).scalar_one()) == 0


async def test_the_models_are_what_the_migrations_make(database_url: str) -> None:
    config = migrate.alembic_config(database_url, guildbase_metadata())
    await asyncio.to_thread(alembic.command.check, config)


async def test_upgrading_twice_does_nothing(database_url: str) -> None:
    before = await _run(database_url, _schema)
    await asyncio.to_thread(migrate.upgrade, database_url)
    assert await _run(database_url, _schema) == before


async def test_a_generated_revision_is_plain_alembic_and_runs_on_both(
    empty_postgresql_url: str, empty_sqlite_url: str, tmp_path: Path, registry: FeatureRegistry
) -> None:
    # Revisions are always generated against PostgreSQL. They must not need SQLModel, nor say what only one
    # of the databases understands.
    versions = tmp_path / "versions"
    versions.mkdir()
    config = other_history(empty_postgresql_url, versions, guildbase_metadata())
    generate: dict[str, Any] = {
        "message": "all of it",
        "autogenerate": True,
        "rev_id": "g1",
        "version_path": str(versions),
    }
    await asyncio.to_thread(lambda: alembic.command.revision(config, **generate))
    [revision] = versions.glob("*.py")
    content = revision.read_text()
    assert "sqlmodel" not in content
    assert "guildbase" not in content
    assert "sa.func.now()" in content
    assert "text('now()')" not in content

    for url in (empty_postgresql_url, empty_sqlite_url):
        config = other_history(url, versions, guildbase_metadata())
        await asyncio.to_thread(alembic.command.upgrade, config, "head")
        await asyncio.to_thread(alembic.command.check, config)
        await _fill(url, registry)


async def test_a_revision_that_fails_leaves_nothing_behind(
    empty_database_url: str, tmp_path: Path, use_history: Callable[[Path], None]
) -> None:
    failing = f"{TABLE.format('two')}; op.drop_table('no_such_table')"
    use_history(_history(tmp_path / "versions", one=TABLE.format("one"), two=failing))
    with pytest.raises((DBAPIError, DatabaseUnavailable), match="no_such_table"):
        await asyncio.to_thread(migrate.upgrade, empty_database_url)
    # On SQLite the whole upgrade is one transaction: no other migrator can come in between two revisions.
    kept = {"t_one", "alembic_version"} if empty_database_url.startswith("postgresql") else set()
    assert await _tables(empty_database_url) == kept

    _history(tmp_path / "versions", one=TABLE.format("one"), two=TABLE.format("two"))
    await asyncio.to_thread(migrate.upgrade, empty_database_url)
    assert await _tables(empty_database_url) == {"t_one", "t_two", "alembic_version"}


async def test_rebuilding_a_parent_does_not_delete_its_children(
    empty_database_url: str, tmp_path: Path, use_history: Callable[[Path], None]
) -> None:
    # SQLite changes a table by dropping it, and with foreign keys on that takes the children along.
    family = """op.create_table("t_family", sa.Column("x", sa.Integer(), primary_key=True))
    child = sa.Column("x", sa.Integer(), sa.ForeignKey("t_family.x", ondelete="CASCADE"))
    op.create_table("child", child)
    op.execute("INSERT INTO t_family VALUES (1)")
    op.execute("INSERT INTO child VALUES (1)")"""
    rebuild = """with op.batch_alter_table("t_family") as batch:
        batch.alter_column("x", type_=sa.BigInteger())"""
    use_history(_history(tmp_path / "versions", family=family, rebuilt=rebuild))
    await asyncio.to_thread(migrate.upgrade, empty_database_url)
    assert await _run(empty_database_url, lambda found: found.scalar(text("SELECT count(*) FROM child"))) == 1


async def test_several_processes_may_migrate_at_once(empty_database_url: str, tmp_path: Path) -> None:
    # Many revisions give the other process many moments to come in between.
    names = [f"r{number}" for number in range(12)]
    versions = _history(tmp_path / "versions", **{name: TABLE.format(name) for name in names})
    command = [sys.executable, "-c", MIGRATOR, empty_database_url, str(versions)]
    codes = await asyncio.to_thread(_migrate_at_once, command)
    assert codes == [0, 0]
    assert await _tables(empty_database_url) == {f"t_{name}" for name in names} | {"alembic_version"}


def _migrate_at_once(command: list[str]) -> list[int]:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    processes = [subprocess.Popen(command, text=True, **pipes) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    return [process.returncode for process in processes]


async def test_an_unknown_revision_is_told_plainly(sqlite_url: str) -> None:
    with pytest.raises(InvalidInput, match="Can't locate revision"):
        await asyncio.to_thread(migrate.upgrade, sqlite_url, "no-such-revision")


async def test_regression_a_server_that_refuses_the_migrator_is_unavailable(postgresql_url: str) -> None:
    with pytest.raises(DatabaseUnavailable, match="does not exist"):
        await asyncio.to_thread(migrate.upgrade, postgresql_url.replace("guildbase_test_", "absent_"))


async def test_require_head_tells_what_to_do(empty_database_url: str) -> None:
    manager = DatabaseManager(empty_database_url)
    assert await migrate.current(manager) is None
    with pytest.raises(DatabaseUnavailable, match="at revision none") as refused:
        await migrate.require_head(manager)
    assert refused.value.hint == "Run: guildbase db upgrade"

    await asyncio.to_thread(migrate.upgrade, empty_database_url)
    await migrate.require_head(manager)
    assert await migrate.current(manager) == migrate.head()

    async with manager.transaction() as work:
        await work.session.execute(text("UPDATE alembic_version SET version_num = 'of-the-future'"))
    with pytest.raises(DatabaseUnavailable, match="of-the-future, which this version does not know") as refused:
        await migrate.require_head(manager)
    assert "newer" in refused.value.hint
    await manager.close()


async def test_enum_values_are_the_same_everywhere(postgresql_url: str, sqlite_url: str) -> None:
    enums = [column for table in guildbase_tables() for column in table.columns if isinstance(column.type, Enum)]
    assert len(enums) >= 4
    labels = {item["name"]: item["labels"] for item in await _run(postgresql_url, _enums)}
    checks = await _run(sqlite_url, _checks)
    for column in enums:
        assert isinstance(column.type, Enum)
        assert column.type.enum_class is not None
        values = [member.value for member in column.type.enum_class]
        assert column.type.enums == values
        assert labels[column.type.name] == values
        listed = ", ".join(f"'{value}'" for value in values)
        assert checks[f"ck_{column.table.name}_{column.type.name}"] == f"{column.name} IN ({listed})"


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


def _enums(connection: Connection) -> list[Any]:
    inspector = inspect(connection)
    assert isinstance(inspector, PGInspector)
    return list(inspector.get_enums())


def _checks(connection: Connection) -> dict[str, str]:
    """Return the condition of every check, by its name."""
    inspector = inspect(connection)
    checks = [check for table in inspector.get_table_names() for check in inspector.get_check_constraints(table)]
    return {str(check["name"]): check["sqltext"] for check in checks}


def _schema(connection: Connection) -> dict[str, Any]:
    """Everything about the tables that an upgrade makes."""
    inspector = inspect(connection)
    return {
        table: {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            ],
            "key": inspector.get_pk_constraint(table),
            # A partial index holds its condition as an object that equals nothing but itself.
            "indexes": [
                (
                    index["name"],
                    index["column_names"],
                    index["unique"],
                    list(map(str, index["dialect_options"].values())),
                )
                for index in inspector.get_indexes(table)
            ],
            "foreign": inspector.get_foreign_keys(table),
            "checks": inspector.get_check_constraints(table),
        }
        for table in sorted(inspector.get_table_names())
    }


async def _fill(url: str, registry: FeatureRegistry) -> None:
    """Let the bot do its work until every table has a row."""
    services = assemble(Settings(database_url=url), registry)
    guild_id = new_id()
    await services.get(ModerationController).open_case(moderator(guild_id), guild_id, target(), "Spam")
    async with services.get(DatabaseManager).transaction() as work:
        work.session.add(CommandSync(application_id=new_id(), tree_hash="0"))
    async with services.get(DatabaseManager).read_session() as session:
        for table in guildbase_tables():
            assert (await session.execute(select(func.count()).select_from(table))).scalar_one() > 0, table.name
    await services.close()
