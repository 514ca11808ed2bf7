"""Writes what is kept about a person or a guild into one zip: a manifest, and each table as JSON and as CSV."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.core.clock import utcnow
from guildbase.core.csv_text import csv_line
from guildbase.core.errors import InvalidInput
from guildbase.database.upkeep.personal_data import GuildView, PersonView, read

NOTES = (
    "Ids are texts, because many programs round numbers of that size. Times are UTC.",
    "Other people are shown by numbers that stand for them in this export alone; what is about them is left out.",
    "In the CSV files a text that a spreadsheet would take for a formula begins with an apostrophe.",
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in an export."""

    scope: str
    subject_id: str
    made_at: str
    revision: str | None
    format: int = 1
    notes: tuple[str, ...] = NOTES
    tables: dict[str, int] = field(default_factory=dict)
    """Rows of each table that has any."""
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    """SHA-256 and size of each file of the archive but this manifest."""

    @property
    def rows(self) -> int:
        """The number of rows of all tables."""
        return sum(self.tables.values())


async def write_export(
    session: AsyncSession, tables: Sequence[Table], view: PersonView | GuildView, path: Path, *, revision: str | None
) -> Manifest:
    """Write the archive and return its manifest; the file is there as a whole or not at all.

    The session must see one state of the database throughout, as those of `read_session()` do.

    Raises:
        InvalidInput: the file cannot be written there.
    """
    scope, subject = ("user", view.user_id) if isinstance(view, PersonView) else ("guild", view.guild_id)
    manifest = Manifest(scope, str(subject), utcnow().isoformat(), revision)
    with whole_file(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in tables:
            # Twice over the rows, because an archive takes one file at a time and the rows may be more than fit.
            rows = await _write_json(archive, session, table, view, manifest)
            if rows:
                manifest.tables[str(table.name)] = rows  # SQLAlchemy's own kind of text is no key in JSON.
                await _write_csv(archive, session, table, view, manifest)
        archive.writestr("manifest.json", orjson.dumps(asdict(manifest), option=orjson.OPT_INDENT_2))
    return manifest


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file that nobody else may read and that takes its name only when it is complete and on the disk."""
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}.", hint="Name another file.") from error
    finally:
        with suppress(OSError):  # The folder may not be there.
            half.unlink()


class _Member:
    """One file of the archive as it is written, with its checksum and size."""

    def __init__(self, archive: zipfile.ZipFile, name: str, manifest: Manifest) -> None:
        self._file = archive.open(name, "w", force_zip64=True)
        self._name, self._manifest = name, manifest
        self._digest, self._size = hashlib.sha256(), 0

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._digest.update(data)
        self._size += len(data)

    def close(self) -> None:
        self._file.close()
        self._manifest.members[self._name] = {"sha256": self._digest.hexdigest(), "bytes": self._size}


async def _write_json(
    archive: zipfile.ZipFile, session: AsyncSession, table: Table, view: PersonView | GuildView, manifest: Manifest
) -> int:
    member, rows = None, 0
    async for page in read(session, table, view):
        for row in page:
            member = member or _Member(archive, f"json/{table.name}.json", manifest)
            member.write((b",\n" if rows else b"[\n") + orjson.dumps(row))
            rows += 1
    if member is not None:
        member.write(b"\n]\n")
        member.close()
    return rows


async def _write_csv(
    archive: zipfile.ZipFile, session: AsyncSession, table: Table, view: PersonView | GuildView, manifest: Manifest
) -> None:
    member = _Member(archive, f"csv/{table.name}.csv", manifest)
    member.write(csv_line(column.name for column in table.columns).encode())
    async for page in read(session, table, view):
        member.write("".join(csv_line(row.values()) for row in page).encode())
    member.close()
