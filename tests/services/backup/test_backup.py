"""Backups of both databases: what is restored is what was there, and a failure changes nothing."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import sqlite3
import struct
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from guildbase.core.errors import ConfigurationError, Conflict, DatabaseUnavailable, GuildbaseError, NotFound
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.connections.address import sqlite_file
from guildbase.database.connections.process_lock import single_process
from guildbase.database.manager import DatabaseManager
from guildbase.services.backup import folder, postgresql, sqlite
from guildbase.services.backup.create import create
from guildbase.services.backup.folder import find_backup, keep_newest, list_backups, writing
from guildbase.services.backup.manifest import BackupDamaged
from guildbase.services.backup.restore import is_empty, restore, verify
from guildbase.services.tables import all_tables
from tests.services.backup.conftest import quietly, settings_for
from tests.waiting import until


async def rows_of(settings: Settings, registry: FeatureRegistry) -> dict[str, list[Any]]:
    """Return every row of every table."""
    database = DatabaseManager.from_settings(settings)
    found = {}
    async with database.read_session() as session:
        for table in all_tables(registry):
            rows = (await session.execute(table.select())).all()
            found[table.name] = sorted(str(tuple(row)) for row in rows)
    await database.close()
    return found


def left_by_restoring(folder: Path) -> list[Path]:
    return list(folder.glob(".*restoring*"))


def flip(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


def restored(path: Path, settings: Settings, registry: FeatureRegistry, *, replace: bool = False) -> Any:
    return restore(path, settings, registry, quietly, replace=replace)


@pytest.mark.parametrize("is_plain", [False, True])
async def test_a_restored_database_has_the_same_rows(
    filled: Settings, empty: Settings, registry: FeatureRegistry, is_plain: bool
) -> None:
    before = await rows_of(filled, registry)
    made = await asyncio.to_thread(create, filled, quietly, is_plain=is_plain)
    assert made.manifest is not None
    assert made.manifest.tables == {name: len(rows) for name, rows in before.items()} | {"alembic_version": 1}
    assert made.manifest.key_id == (None if is_plain else 2)
    assert made.path.stat().st_mode & 0o077 == 0
    assert is_empty(empty)
    restored(made.path, empty, registry)
    assert await rows_of(empty, registry) == before
    assert not is_empty(empty)
    assert [path.name for path in filled.backup_dir.iterdir() if not path.name.startswith(".")] == [made.path.name]


async def test_a_database_with_rows_is_not_overwritten_unless_that_is_asked_for(
    filled: Settings, registry: FeatureRegistry
) -> None:
    made = create(filled, quietly)
    before = await rows_of(filled, registry)
    database = DatabaseManager.from_settings(filled)
    async with database.transaction() as work:
        await work.session.execute(text("DELETE FROM moderation_case"))
        await work.session.execute(text("CREATE TABLE added_later (x INTEGER)"))
    await database.close()
    changed = await rows_of(filled, registry)
    assert changed != before
    with pytest.raises(Conflict, match="not empty"):
        restored(made.path, filled, registry)
    assert await rows_of(filled, registry) == changed
    restored(made.path, filled, registry, replace=True)
    assert await rows_of(filled, registry) == before
    again = create(filled, quietly)
    assert again.manifest is not None
    assert made.manifest is not None
    assert again.manifest.tables == made.manifest.tables


async def test_a_damaged_backup_changes_nothing(filled: Settings, registry: FeatureRegistry, empty: Settings) -> None:
    made = create(filled, quietly)
    flip(made.path, made.size - 3000)
    before = await rows_of(filled, registry)
    with pytest.raises(BackupDamaged, match="was changed"):
        verify(made.path, filled.keyring(), quietly)
    with pytest.raises(BackupDamaged, match="was changed"):
        restored(made.path, filled, registry, replace=True)
    with pytest.raises(BackupDamaged, match="was changed"):
        restored(made.path, empty, registry)
    assert await rows_of(filled, registry) == before
    assert is_empty(empty)


async def test_rows_that_are_missing_in_the_dump_are_noticed_before_anything_is_stored(
    filled: Settings, empty: Settings, registry: FeatureRegistry
) -> None:
    made = create(filled, quietly, is_plain=True)
    content = made.path.read_bytes()
    # The manifest of a plain backup is protected by a checksum alone, which anybody can make anew.
    assert made.manifest is not None
    count = made.manifest.tables["moderation_case"]
    forged = content.replace(f'"moderation_case":{count}'.encode(), f'"moderation_case":{count + 1}'.encode())
    body, last = forged[: forged.rindex(b'{"bytes"')], orjson.loads(forged[forged.rindex(b'{"bytes"') :])
    digest = hashlib.sha256(b"".join(_without_frames(body)))
    made.path.write_bytes(body + orjson.dumps({**last, "sha256": digest.hexdigest()}))
    with pytest.raises(GuildbaseError, match=r"rows were restored instead|not those that it tells of"):
        restored(made.path, empty, registry)
    assert is_empty(empty)


def _without_frames(body: bytes) -> list[bytes]:
    """Return the head and the payload of a plain backup."""
    start = 17 + 4 + struct.unpack(">I", body[17:21])[0]
    parts, position = [body[:start]], start
    while position < len(body) - 5:
        (length,) = struct.unpack(">I", body[position + 1 : position + 5])
        parts.append(body[position + 5 : position + 5 + length])
        position += 5 + length
    return parts


async def test_lost_and_wrong_keys_say_so(filled: Settings, empty: Settings, registry: FeatureRegistry) -> None:
    made = create(filled, quietly)
    for keys, problem in (("", "Key 2 is not among"), (f"2:{'B' * 43}=", "Key 2 is not the key that")):
        other = empty.model_copy(update={"encryption_keys": SecretStr(keys)})
        with pytest.raises(ConfigurationError, match=problem):
            restored(made.path, other, registry)
    assert is_empty(empty)


async def test_without_a_key_nothing_is_made_unless_plain_is_asked_for(filled: Settings) -> None:
    keyless = filled.model_copy(update={"encryption_keys": SecretStr("")})
    with pytest.raises(ConfigurationError, match="cannot be encrypted") as error:
        create(keyless, quietly)
    assert "--plain" in error.value.hint
    assert list_backups(filled.backup_dir) == []
    assert create(keyless, quietly, is_plain=True).manifest is not None


async def test_a_backup_of_a_newer_version_is_refused(
    filled: Settings, empty: Settings, registry: FeatureRegistry
) -> None:
    database = DatabaseManager.from_settings(filled)
    async with database.transaction() as work:
        await work.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    made = create(filled, quietly)
    with pytest.raises(DatabaseUnavailable, match="revision 9999, which this version does not know"):
        restored(made.path, empty, registry)
    assert is_empty(empty)


async def test_a_database_that_is_not_there_leaves_no_backup(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path / 'nosuch.db'}", "postgresql://u:hunter2@127.0.0.1:9/x"):
        settings = settings_for(url, tmp_path)
        with pytest.raises(DatabaseUnavailable) as error:
            create(settings, quietly)
        assert "hunter2" not in error.value.text
        assert list(settings.backup_dir.glob("guildbase*")) == []
    assert not (tmp_path / "nosuch.db").exists()


async def test_a_backup_of_the_other_kind_of_database_is_refused(
    sqlite_url: str, empty_postgresql_url: str, tmp_path: Path, registry: FeatureRegistry
) -> None:
    made = create(settings_for(sqlite_url, tmp_path), quietly)
    with pytest.raises(Conflict, match="backup is of sqlite, and the database is postgresql"):
        restored(made.path, settings_for(empty_postgresql_url, tmp_path), registry)


async def test_missing_programs_are_named(postgresql_url: str, tmp_path: Path) -> None:
    settings = settings_for(postgresql_url, tmp_path, postgresql_programs=tmp_path)
    with pytest.raises(ConfigurationError, match="The program pg_dump is not in") as error:
        create(settings, quietly)
    assert "GUILDBASE_POSTGRESQL_PROGRAMS" in error.value.hint


async def test_a_program_that_fails_is_quoted_and_leaves_nothing(postgresql_url: str, tmp_path: Path) -> None:
    (program := tmp_path / "pg_dump").write_text(
        "#!/bin/sh\necho half\necho 'pg_dump: error: no space left' >&2\nexit 1\n"
    )
    program.chmod(0o755)
    settings = settings_for(postgresql_url, tmp_path, postgresql_programs=tmp_path)
    with pytest.raises(GuildbaseError, match="pg_dump failed: pg_dump: error: no space left"):
        create(settings, quietly)
    assert list(settings.backup_dir.glob("guildbase*")) == []


@contextlib.asynccontextmanager
async def writing_all_the_time(settings: Settings) -> AsyncIterator[list[int]]:
    """Write pairs of rows, each pair in one transaction, until the block ends."""
    database = DatabaseManager.from_settings(settings)
    async with database.transaction() as work:
        await work.session.execute(text("CREATE TABLE ledger (n BIGINT PRIMARY KEY, filler TEXT)"))
    written: list[int] = []
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            n = len(written) * 2
            async with database.transaction() as work:
                for half in (n, n + 1):
                    await work.session.execute(
                        text("INSERT INTO ledger VALUES (:n, :filler)"), {"n": half, "filler": "x" * 500}
                    )
            written.append(n)

    writer = asyncio.create_task(write())
    try:
        yield written
    finally:
        stop.set()
        await writer
        await database.close()


async def test_a_backup_while_somebody_writes_is_of_one_moment(
    filled: Settings, empty: Settings, registry: FeatureRegistry
) -> None:
    async with writing_all_the_time(filled) as written:
        await until(lambda: len(written) >= 20)
        before = len(written)
        made = await asyncio.to_thread(create, filled, quietly)
        after = len(written)
        await until(lambda: len(written) >= after + 20)
    restored(made.path, empty, registry)
    database = DatabaseManager.from_settings(empty)
    async with database.read_session() as session:
        numbers = list((await session.execute(text("SELECT n FROM ledger ORDER BY n"))).scalars())
    await database.close()
    assert numbers == list(range(len(numbers)))
    assert len(numbers) % 2 == 0
    assert 2 * before <= len(numbers) <= 2 * (after + 1)
    assert made.manifest is not None
    assert made.manifest.tables["ledger"] == len(numbers)


KILLED = """
import os, signal, sys
from pathlib import Path
from guildbase.core.registry import FeatureRegistry
from guildbase.services.backup.create import create
from guildbase.services.backup.restore import restore
from tests.services.backup.conftest import settings_for
def die(step, done, total):
    if step == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
settings = settings_for(sys.argv[1], Path(sys.argv[2]))
if sys.argv[4] == "create":
    create(settings, die)
else:
    restore(Path(sys.argv[4]), settings, FeatureRegistry.discover(), die, replace=True)
"""


async def killed(url: str, folder: Path, step: str, what: str) -> None:
    """Run it in a process that is killed at the first progress of the step."""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, url, str(folder), step, what], check=False
    )
    assert done.returncode == -9


@pytest.mark.parametrize("step", ["first", "writing"])
async def test_a_killed_backup_is_not_among_the_backups(
    filled: Settings, database_url: str, tmp_path: Path, step: str
) -> None:
    if step == "first":
        step = "copying" if sqlite_file(database_url) else "counting"
    await killed(database_url, tmp_path, step, "create")
    assert list_backups(filled.backup_dir) == []
    assert list(filled.backup_dir.glob("*.partial*"))
    create(filled, quietly)
    assert len(list_backups(filled.backup_dir)) == 1
    assert list(filled.backup_dir.glob("*.partial*")) == []


async def test_a_killed_restore_leaves_the_database_as_it_was(
    filled: Settings, database_url: str, tmp_path: Path, registry: FeatureRegistry
) -> None:
    made = create(filled, quietly)
    database = DatabaseManager.from_settings(filled)
    async with database.transaction() as work:
        await work.session.execute(text("DELETE FROM audit_entry"))
    await database.close()
    before = await rows_of(filled, registry)
    await killed(database_url, tmp_path, "restoring", str(made.path))
    assert await rows_of(filled, registry) == before
    restored(made.path, filled, registry, replace=True)
    assert await rows_of(filled, registry) != before
    assert left_by_restoring(tmp_path) == []


async def test_two_backups_at_once_do_not_get_into_each_others_way(filled: Settings) -> None:
    with pytest.raises(Conflict, match="Another process is writing a backup"), writing(filled.backup_dir):
        create(filled, quietly)
    assert list(filled.backup_dir.glob("*.partial*")) == []


def test_a_system_without_locks_of_files_writes_backups_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "fcntl", None)  # As on Windows.
    with writing(tmp_path) as (path, file):
        file.write(b"all of it")
    assert path.read_bytes() == b"all of it"


async def test_only_the_newest_are_kept_and_nothing_else_is_touched(filled: Settings) -> None:
    made = [create(filled, quietly).path for _ in range(3)]
    newest = [backup.path for backup in list_backups(filled.backup_dir)]
    assert set(newest) == set(made)
    (letter := filled.backup_dir / "letter.backup").write_text("Dear reader")
    assert keep_newest(filled.backup_dir, 2, newest[0]) == newest[2:]
    assert [backup.path for backup in list_backups(filled.backup_dir)] == [letter, *newest[:2]]
    assert list_backups(filled.backup_dir)[0].problem.startswith("letter.backup is no backup")


async def test_a_backup_is_found_by_name_by_path_or_as_the_newest(filled: Settings) -> None:
    with pytest.raises(NotFound, match="There is no backup in"):
        find_backup(filled.backup_dir, None)
    made = create(filled, quietly).path
    assert find_backup(filled.backup_dir, None) == made
    assert find_backup(filled.backup_dir, made.name) == made
    assert find_backup(filled.backup_dir, str(made)) == made
    with pytest.raises(NotFound, match="There is no backup nosuch"):
        find_backup(filled.backup_dir, "nosuch")


async def test_a_sqlite_database_in_use_is_not_replaced(
    sqlite_url: str, tmp_path: Path, registry: FeatureRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.2)
    settings = settings_for(sqlite_url, tmp_path)
    made = create(settings, quietly)
    file = sqlite_file(sqlite_url)
    assert file is not None
    with single_process(sqlite_url), pytest.raises(DatabaseUnavailable, match="already uses"):
        restored(made.path, settings, registry, replace=True)
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("BEGIN IMMEDIATE")
    with pytest.raises(Conflict, match="cannot be replaced: somebody else uses it"):
        restored(made.path, settings, registry, replace=True)
    reader.close()


async def test_a_postgresql_database_in_use_is_not_replaced(
    postgresql_url: str, tmp_path: Path, registry: FeatureRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "PATIENCE", 0.2)
    settings = settings_for(postgresql_url, tmp_path)
    made = create(settings, quietly)
    database = DatabaseManager.from_settings(settings)
    before = await rows_of(settings, registry)
    async with database.read_session() as session:
        await session.execute(text("SELECT * FROM guild"))
        restoring = asyncio.create_task(asyncio.to_thread(restored, made.path, settings, registry, replace=True))
        with pytest.raises(Conflict, match="lock timeout"):
            await restoring
    await database.close()
    assert await rows_of(settings, registry) == before


def test_a_folder_that_cannot_be_made_says_so(sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = settings_for(
        sqlite_url,
        tmp_path,
    ).model_copy(update={"backup_dir": tmp_path / "file" / "backups"})
    with pytest.raises(GuildbaseError, match="cannot be made"):
        create(settings, quietly)
