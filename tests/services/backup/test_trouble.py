"""What can go wrong in the middle of a backup or a restore, one by one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from guildbase.core.crypto import Keyring
from guildbase.core.errors import Conflict, DatabaseUnavailable, GuildbaseError
from guildbase.core.registry import FeatureRegistry
from guildbase.services.backup import sqlite
from guildbase.services.backup.archive import read_manifest, read_payload
from guildbase.services.backup.create import create, server_of
from guildbase.services.backup.folder import writing
from guildbase.services.backup.manifest import BackupDamaged
from guildbase.services.backup.postgresql import is_empty, restore
from guildbase.services.backup.restore import restore as restore_backup
from tests.services.backup.conftest import quietly, settings_for
from tests.small_files import no_file_larger_than


def test_a_payload_that_breaks_off_leaves_an_empty_postgresql_database(
    empty_postgresql_url: str, tmp_path: Path
) -> None:
    server = server_of(settings_for(empty_postgresql_url, tmp_path))

    def breaking_off() -> Iterator[bytes]:
        yield b"PGDMP"
        raise BackupDamaged("The backup is damaged: for a test.")

    with pytest.raises(BackupDamaged, match="for a test"):
        restore(server, breaking_off(), {}, clear=False)
    for payload in ([b"no dump at all"], [b"x" * 1_000_000] * 20):
        with pytest.raises(GuildbaseError, match="pg_restore failed"):
            restore(server, iter(payload), {}, clear=True)
    assert is_empty(server)


def test_a_server_that_refuses_the_restore_is_quoted(tmp_path: Path) -> None:
    # pg_restore needs no server, psql does.
    server = server_of(settings_for("postgresql://u:hunter2@127.0.0.1:9/x", tmp_path))
    with pytest.raises(GuildbaseError) as error:
        restore(server, iter([b"x"]), {}, clear=False)
    assert "hunter2" not in error.value.text


@pytest.mark.parametrize("query", ["host=db.example&port=5433", "host=db.example:5433"])
def test_regression_the_programs_go_to_the_server_that_the_options_of_the_address_name(
    query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOST", "elsewhere.example")
    monkeypatch.setenv("PGSERVICE", "elsewhere")
    environment = server_of(settings_for(f"postgresql://u:hunter2@/x?{query}", tmp_path)).environment
    wanted = {"PGHOST": "db.example", "PGPORT": "5433", "PGUSER": "u", "PGPASSWORD": "hunter2", "PGDATABASE": "x"}
    assert {name: environment.get(name) for name in (*wanted, "PGSERVICE")} == wanted | {"PGSERVICE": None}


def test_regression_a_disk_without_room_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(GuildbaseError, match="cannot be written"),
        no_file_larger_than(4096),
        writing(tmp_path) as (_, file),
    ):
        file.write(b"x" * 100_000)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_regression_without_room_a_sqlite_database_is_not_restored_and_says_so(
    sqlite_url: str, tmp_path: Path, registry: FeatureRegistry
) -> None:
    made = create(settings_for(sqlite_url, tmp_path), quietly)
    target = tmp_path / "target" / "new.db"
    target.parent.mkdir()
    with pytest.raises(GuildbaseError, match="cannot be restored: File too large"), no_file_larger_than(4096):
        restore_backup(made.path, settings_for(f"sqlite:///{target}", tmp_path), registry, quietly)
    assert [path.name for path in target.parent.iterdir()] == ["new.db.lock"]


def test_regression_a_backup_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    for read in (read_manifest, lambda path: list(read_payload(path, Keyring()))):
        with pytest.raises(GuildbaseError, match="cannot be read: Is a directory"):
            read(tmp_path)


def test_a_file_that_is_no_database_is_not_backed_up(tmp_path: Path) -> None:
    (letter := tmp_path / "letter.txt").write_text("Dear reader, " * 500)
    settings = settings_for(f"sqlite:///{letter}", tmp_path)
    with pytest.raises(DatabaseUnavailable, match="cannot be copied: file is not a database"):
        create(settings, quietly)
    with pytest.raises(DatabaseUnavailable, match="cannot be used"):
        sqlite.is_empty(letter)
    with pytest.raises(BackupDamaged, match="is damaged: file is not a database"):
        sqlite.require_counts(letter, {})


def test_rows_that_do_not_add_up_are_noticed(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute("CREATE TABLE note (n)")
    database.close()
    sqlite.require_counts(tmp_path / "x.db", {"note": 0})
    with pytest.raises(BackupDamaged, match="not those that it tells of"):
        sqlite.require_counts(tmp_path / "x.db", {"note": 1})


def test_a_database_without_migrations_can_be_backed_up(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute("CREATE TABLE note (n)")
    database.close()
    made = create(settings_for(f"sqlite:///{tmp_path / 'x.db'}", tmp_path), quietly)
    assert made.manifest is not None
    assert (made.manifest.revisions, made.manifest.tables) == ([], {"note": 0})


def test_a_postgresql_database_without_migrations_can_be_backed_up(empty_postgresql_url: str, tmp_path: Path) -> None:
    made = create(settings_for(empty_postgresql_url, tmp_path), quietly)
    assert made.manifest is not None
    assert (made.manifest.revisions, made.manifest.tables) == ([], {})


def test_a_target_that_is_not_there_to_be_written_says_so(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "x.db").close()
    with pytest.raises(Conflict, match="cannot be replaced"):
        sqlite.overwrite(tmp_path / "x.db", tmp_path / "no" / "folder.db", quietly)


def test_a_folder_that_cannot_be_written_to_says_so(sqlite_url: str, tmp_path: Path) -> None:
    settings = settings_for(sqlite_url, tmp_path)
    (settings.backup_dir / ".lock").mkdir(parents=True)
    with pytest.raises(GuildbaseError, match="cannot be written to"):
        create(settings, quietly)
