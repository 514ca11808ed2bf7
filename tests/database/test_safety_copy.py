"""The copy of a SQLite file before an upgrade is whole, is one of three, and never half there."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.schema.safety_copy import copies_of, copy_before_upgrade

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
IN_LITTLE_SPACE = """
import resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.schema.safety_copy import copy_before_upgrade
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    copy_before_upgrade(Path(sys.argv[1]), "0001", datetime.now(UTC))
except DatabaseUnavailable as error:
    print(error.text)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database of a hundred kilobytes, with changes that are still in its write-ahead log."""
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE t (x TEXT)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 1000,)] * 100)
        connection.commit()
    return path


def test_regression_nobody_may_read_the_copy_who_may_not_read_the_database(file: Path) -> None:
    for mode in (0o600, 0o640):
        file.chmod(mode)
        assert copy_before_upgrade(file, f"{mode}", NOON).stat().st_mode & 0o777 == mode


def test_a_copy_holds_all_rows_and_says_what_it_is(file: Path) -> None:
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("INSERT INTO t VALUES ('late')")
        writer.commit()
        copy = copy_before_upgrade(file, "0001", NOON)
    assert copy == file.parent / "bot.db.0001.20260101T120000Z.copy"
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (101,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_last_three_stay(file: Path) -> None:
    made = [copy_before_upgrade(file, f"{9 - day:04}", NOON + timedelta(days=day)) for day in range(5)]
    assert copies_of(file) == made[2:]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_full_disk_leaves_nothing_and_says_what_to_do(file: Path) -> None:
    command = [sys.executable, "-c", IN_LITTLE_SPACE, str(file)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "could not be copied before the upgrade" in said
    assert "--no-backup" in said
    assert sorted(path.name for path in file.parent.iterdir() if "0001" in path.name) == []
    assert copy_before_upgrade(file, "0001", NOON).exists()


def test_what_is_no_database_is_not_copied(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader, " * 500)
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        copy_before_upgrade(letter, "0001", NOON)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
