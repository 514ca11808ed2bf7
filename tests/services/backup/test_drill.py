"""The drill says whether a backup would help, before it has to."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, column, table, text, update

from guildbase.core.crypto import Keyring
from guildbase.core.errors import ConfigurationError, GuildbaseError
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.connections.address import parse_url
from guildbase.database.encryption import encrypted_columns
from guildbase.database.manager import DatabaseManager
from guildbase.database.schema.migrate import downgrade
from guildbase.services.backup.create import create, server_of
from guildbase.services.backup.drill import PREFIX, drill
from guildbase.services.backup.folder import LAST_DRILL, last_drill, note_drill
from guildbase.services.backup.manifest import BackupDamaged
from guildbase.services.encryption_keys import require_keys
from guildbase.services.tables import all_tables
from tests.services.backup.conftest import ROWS, quietly, settings_for

pytestmark = pytest.mark.usefixtures("one_drill_at_a_time")


def folders_of_drills(folder: Path) -> list[str]:
    return [path.name for path in folder.glob(f".{PREFIX}*")]


async def databases_of_drills(settings: Settings) -> list[str]:
    """Return what drills have left: databases on the server, or folders."""
    if parse_url(settings.database_url).get_backend_name() == "sqlite":
        return folders_of_drills(settings.backup_dir)
    database = DatabaseManager.from_settings(settings)
    async with database.read_session() as session:
        every = await session.scalars(text("SELECT datname FROM pg_database"))
        names = [name for name in every if name.startswith(PREFIX)]
    await database.close()
    return names


async def drilled(path: Path, settings: Settings, registry: FeatureRegistry) -> None:
    await asyncio.to_thread(drill, path, settings, registry, quietly)


async def test_a_good_drill_counts_and_leaves_nothing(filled: Settings, registry: FeatureRegistry) -> None:
    made = create(filled, quietly)
    done = await asyncio.to_thread(drill, made.path, filled, registry, quietly)
    assert made.manifest is not None
    sealed = sum(len(encrypted_columns(table)) for table in all_tables(registry)) * ROWS
    assert (done.backup, done.rows, done.values) == (made.path.name, made.manifest.rows, sealed)
    assert done.seconds > 0
    assert await databases_of_drills(filled) == []


async def test_a_backup_from_before_an_update_is_brought_to_this_version(
    filled: Settings, registry: FeatureRegistry
) -> None:
    await asyncio.to_thread(downgrade, filled.database_url, "-1")
    made = create(filled, quietly)
    done = await asyncio.to_thread(drill, made.path, filled, registry, quietly)
    assert made.manifest is not None
    assert done.rows == made.manifest.rows


async def test_a_flipped_byte_fails_the_drill(filled: Settings, registry: FeatureRegistry) -> None:
    made = create(filled, quietly)
    content = bytearray(made.path.read_bytes())
    content[len(content) // 2] ^= 1
    made.path.write_bytes(content)
    with pytest.raises(BackupDamaged, match="damaged"):
        await drilled(made.path, filled, registry)
    assert await databases_of_drills(filled) == []


async def test_a_lost_key_of_the_rows_fails_the_drill(filled: Settings, registry: FeatureRegistry) -> None:
    # The backup can be opened, but what is in it was encrypted with a key that is gone.
    database = DatabaseManager(filled.database_url, keyring=Keyring({5: b"5" * 32}))
    await require_keys(database)
    await database.close()
    made = create(filled, quietly)
    with pytest.raises(ConfigurationError, match="encrypted with key 5, which is not in GUILDBASE_ENCRYPTION_KEYS"):
        await drilled(made.path, filled, registry)
    assert await databases_of_drills(filled) == []


async def test_a_value_that_its_key_cannot_read_fails_the_drill(filled: Settings, registry: FeatureRegistry) -> None:
    damaged = next(column for each in all_tables(registry) for column in encrypted_columns(each))
    stored = column(damaged.name, LargeBinary)
    values = update(table(damaged.table.name, stored)).where(stored.is_not(None))
    database = DatabaseManager.from_settings(filled)
    async with database.transaction() as work:
        await work.session.execute(values.values({damaged.name: b"\x01\0\0\0\x02" + b"x" * 40}))
    await database.close()
    made = create(filled, quietly)
    with pytest.raises(BackupDamaged, match=f"{ROWS} encrypted values cannot be read: {damaged}") as error:
        await drilled(made.path, filled, registry)
    assert "GUILDBASE_ENCRYPTION_KEYS" in error.value.hint
    assert await databases_of_drills(filled) == []


async def test_what_a_killed_drill_left_is_removed_by_the_next(filled: Settings, registry: FeatureRegistry) -> None:
    made = create(filled, quietly)
    if parse_url(filled.database_url).get_backend_name() == "sqlite":
        (filled.backup_dir / f".{PREFIX}x").mkdir()
    else:
        with server_of(filled).connect() as connection:
            connection.execute(f"CREATE DATABASE {PREFIX}{secrets.token_hex(4)}".encode())
    assert await databases_of_drills(filled)
    await drilled(made.path, filled, registry)
    assert await databases_of_drills(filled) == []


async def test_regression_a_drill_leaves_another_one_that_runs_alone(
    filled: Settings, registry: FeatureRegistry
) -> None:
    made = create(filled, quietly)
    others: list[str] = []

    def while_the_first_one_verifies(step: str, _done: int, _total: int | None) -> None:
        if step == "verifying" and not others:
            others.append("begun")
            others.append(drill(made.path, filled, registry, quietly).backup)

    done = await asyncio.to_thread(drill, made.path, filled, registry, while_the_first_one_verifies)
    assert others == ["begun", done.backup]
    assert await databases_of_drills(filled) == []


async def test_a_drill_needs_the_right_to_make_a_database(
    postgresql_url: str, tmp_path: Path, registry: FeatureRegistry
) -> None:
    settings = settings_for(postgresql_url, tmp_path)
    made = create(settings, quietly)
    role = f"modest_{secrets.token_hex(4)}"
    with server_of(settings).connect() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN".encode())
        modest = parse_url(postgresql_url).set(username=role).render_as_string(hide_password=False)
        with pytest.raises(GuildbaseError, match="permission denied to create database") as error:
            await drilled(made.path, settings.model_copy(update={"database_url": modest}), registry)
        assert "CREATEDB" in error.value.hint
        connection.execute(f"DROP ROLE {role}".encode())


def test_the_last_good_drill_is_remembered(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    assert last_drill(folder) is None
    note_drill(folder, {"backup": "x"})
    assert last_drill(folder) is not None
    (folder / LAST_DRILL).write_text("[]")
    assert last_drill(folder) is None
