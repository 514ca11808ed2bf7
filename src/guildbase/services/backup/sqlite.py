"""A SQLite database as a stream of bytes and back, in one piece, while others use it."""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from guildbase.core.errors import Conflict, DatabaseUnavailable
from guildbase.services.backup.manifest import BackupDamaged

Progress = Callable[[str, int, int | None], None]
"""Told the step, how much of it is done, and how much there is if that is known."""
PAGES = 2000
PATIENCE = 5.0  # seconds to wait for a lock
PIECE = 256 * 1024
LEVEL = 3
"""Of compression: twice as fast as the usual one, and a tenth larger."""


@contextmanager
def snapshot(source: Path, copy: Path, progress: Progress) -> Iterator[tuple[dict[str, int], list[str]]]:
    """Copy the database as it is at this moment, give its row counts and revisions, and remove the copy at the end."""
    if not source.is_file():
        raise DatabaseUnavailable(f"There is no file {source}.", hint="Check GUILDBASE_DATABASE_URL.")
    copy.touch(0o600)
    try:
        with closing(_opened(source)) as original, closing(sqlite3.connect(copy)) as target:
            # One read transaction around it all: a writer would else make the copying begin anew, for ever on a busy
            # database.
            original.execute("BEGIN")
            original.execute("SELECT count(*) FROM sqlite_master").fetchone()
            _copy_pages(original, target, "copying", progress)
            original.rollback()
            target.execute("PRAGMA journal_mode = DELETE")  # The copy is to be one file.
            facts = count_rows(target), read_revisions(target)
        yield facts
    except sqlite3.Error as error:
        raise DatabaseUnavailable(
            f"{source} cannot be copied: {error}.", hint="Check that it is intact, and the room for backups."
        ) from error
    finally:
        copy.unlink(missing_ok=True)


def packed(file: Path, progress: Progress) -> Iterator[bytes]:
    """Yield the file, compressed."""
    press, done, size = zlib.compressobj(LEVEL), 0, file.stat().st_size
    with file.open("rb") as source:
        while piece := source.read(PIECE):
            yield press.compress(piece)
            done += len(piece)
            progress("writing", done, size)
    yield press.flush()


def unpack(payload: Iterator[bytes], file: Path) -> None:
    """Write what `packed` yielded to a new file."""
    press = zlib.decompressobj()
    with file.open("xb") as target:
        for piece in payload:
            left = piece
            while left:
                target.write(press.decompress(left, 16 * PIECE))
                left = press.unconsumed_tail
        target.write(press.flush())


def require_counts(file: Path, tables: dict[str, int]) -> None:
    """Raise BackupDamaged unless the database in the file is whole and has exactly these rows."""
    try:
        with closing(_opened(file)) as database:
            told = [row[0] for row in database.execute("PRAGMA integrity_check(1)")]
            found = count_rows(database)
    except sqlite3.Error as error:
        told, found = [str(error)], {}
    if told != ["ok"]:
        raise BackupDamaged(f"The database in the backup is damaged: {told[0]}.", hint="Use another backup.")
    if found != tables:
        raise BackupDamaged("The rows in the backup are not those that it tells of.", hint="Use another backup.")


def is_empty(file: Path) -> bool:
    """Tell whether the database has no table; a file that is not there has none."""
    if not file.exists():
        return True
    try:
        with closing(_opened(file)) as database:
            return not _tables(database)
    except sqlite3.Error as error:
        raise DatabaseUnavailable(f"{file} cannot be used: {error}.", hint="Name another file.") from error


def overwrite(source: Path, target: Path, progress: Progress) -> None:
    """Put one database in the place of the other in one transaction: killed, the target is as it was."""
    try:
        with closing(sqlite3.connect(source)) as new, closing(sqlite3.connect(target, timeout=0)) as old:
            _copy_pages(new, old, "restoring", progress)
    except sqlite3.OperationalError as error:
        raise Conflict(f"{target} cannot be replaced: {error}.", hint="Stop what uses it, and give it room.") from error


def count_rows(database: sqlite3.Connection) -> dict[str, int]:
    """Return the number of rows of each table."""
    return {name: database.execute(f"SELECT count(*) FROM {_quoted(name)}").fetchone()[0] for name in _tables(database)}  # noqa: S608 - the name is the database's own, and quoted.


def read_revisions(database: sqlite3.Connection) -> list[str]:
    """Return the newest revision of every line of migrations."""
    if "alembic_version" not in _tables(database):
        return []
    return sorted(row[0] for row in database.execute("SELECT version_num FROM alembic_version"))


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)


def _copy_pages(source: sqlite3.Connection, target: sqlite3.Connection, step: str, progress: Progress) -> None:
    """Copy all pages; the module itself would wait for a lock for ever."""
    went_on = time.monotonic()

    def told(status: int, left: int, total: int) -> None:
        nonlocal went_on
        if status not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            went_on = time.monotonic()
        elif time.monotonic() - went_on > PATIENCE:
            raise sqlite3.OperationalError("somebody else uses it")
        progress(step, total - left, total)

    source.backup(target, pages=PAGES, progress=told, sleep=0.05)


def _tables(database: sqlite3.Connection) -> list[str]:
    rows = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return sorted(row[0] for row in rows)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
