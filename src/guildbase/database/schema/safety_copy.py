"""A copy of a SQLite file before its schema changes, so that one `mv` undoes an upgrade. Servers have backups."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from guildbase.core.errors import DatabaseUnavailable

KEPT = 3
"""How many copies stay; older ones are removed."""


def copy_before_upgrade(file: Path, revision: str, now: datetime) -> Path:
    """Write a whole copy beside the file, named after the revision that it holds, and return where it is.

    Raises:
        DatabaseUnavailable: the copy could not be written, as with a full disk; nothing of it stays.
    """
    copy = file.with_name(f"{file.name}.{revision}.{now:%Y%m%dT%H%M%SZ}.copy")
    half = copy.with_suffix(".half")
    try:
        half.unlink(missing_ok=True)
        half.touch(mode=file.stat().st_mode & 0o777)  # Who may not read the database may not read the copy.
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("VACUUM INTO ?", [str(half)])
        _reach_the_disk(half)
        half.replace(copy)
    except (sqlite3.Error, OSError) as error:
        half.unlink(missing_ok=True)
        raise DatabaseUnavailable(
            f"{file} could not be copied before the upgrade: {error}.",
            hint="Free some space, or go on without a copy: guildbase db upgrade --no-backup",
        ) from error
    for old in copies_of(file)[:-KEPT]:
        old.unlink(missing_ok=True)
    return copy


def copies_of(file: Path) -> list[Path]:
    """Return the copies that there are, oldest first."""
    return sorted(file.parent.glob(f"{file.name}.*.copy"), key=lambda path: path.name.rsplit(".", 2)[1])


def _reach_the_disk(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())
