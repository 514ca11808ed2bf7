"""The list of erasures that lies outside the database, so that a restored backup can be cleared again.

Each line holds when, an erasure's key, and a keyed hash of the id; the hash's key is the file's first line. So
whoever holds the file can ask it about an id, and nobody can read ids out of it. It only ever grows.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

import orjson

from guildbase.core.errors import ConfigurationError
from guildbase.core.settings import Settings
from guildbase.database.connections.address import sqlite_file

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; there one process at a time may erase.
    fcntl = None  # type: ignore[assignment]

DEFAULT_NAME = "guildbase.erasures"


@dataclass(frozen=True, slots=True)
class ErasureEntry:
    """One erasure: whose data (`user` or `guild`), which request, when, and the keyed hash of the id."""

    scope: str
    request_key: UUID
    erased_at: datetime
    subject_hash: str


@dataclass(frozen=True, slots=True)
class Erasures:
    """What the list holds at one moment."""

    entries: tuple[ErasureEntry, ...] = ()
    key: bytes = b""
    is_torn: bool = False
    """Whether the last line was left unfinished by a process that was killed; it counts for nothing."""

    def hash(self, scope: str, subject_id: int) -> str:
        """Return the keyed hash under which the list holds this id."""
        return hmac.new(self.key, f"{scope}:{subject_id}".encode(), hashlib.sha256).hexdigest()


class ErasureList:
    """The file of erasures; several processes may append at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, settings: Settings) -> ErasureList:
        """Return the list that the setting names; by default it lies beside the SQLite file, else in this folder."""
        if settings.erasure_list_file is not None:
            return cls(settings.erasure_list_file)
        file = sqlite_file(settings.database_url)
        return cls(file.with_suffix(".erasures") if file is not None else Path(DEFAULT_NAME))

    def add(self, scope: str, request_key: UUID, subject_id: int, erased_at: datetime) -> None:
        """Append the erasure unless it is listed; return when it is on the disk.

        Raises:
            ConfigurationError: the file cannot be written.
        """
        with self._locked() as file:
            listed = _read(file)
            if any(entry.request_key == request_key for entry in listed.entries):
                return
            lines = b"\n" if listed.is_torn else b""
            if not listed.key:
                listed = Erasures(key=secrets.token_bytes(32))
                lines += orjson.dumps({"guildbase_erasures": 1, "key": listed.key.hex()}) + b"\n"
            digest = listed.hash(scope, subject_id)
            line = {"scope": scope, "request": str(request_key), "at": erased_at, "hash": digest}
            file.write(lines + orjson.dumps(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> Erasures:
        """Return what the list holds; nothing if there is no file."""
        if not self.path.exists():
            return Erasures()
        with self._locked() as file:
            return _read(file)

    @contextmanager
    def _locked(self) -> Iterator[IO[bytes]]:
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                if fcntl is not None:
                    fcntl.flock(file, fcntl.LOCK_EX)  # Closing the file gives it back.
                yield file
        except OSError as error:
            raise ConfigurationError(
                f"The list of erasures {self.path} cannot be used: {error.strerror}.",
                hint="Set GUILDBASE_ERASURE_LIST_FILE to a file that this process may write.",
            ) from None


def _read(file: IO[bytes]) -> Erasures:
    file.seek(0)
    text = file.read()
    lines = [found for line in text.splitlines() if isinstance(found := _parsed(line), dict)]
    key = next((bytes.fromhex(line["key"]) for line in lines if "key" in line), b"")
    entries = tuple(_entry(line) for line in lines if "hash" in line)
    return Erasures(entries, key, bool(text) and not text.endswith(b"\n"))


def _parsed(line: bytes) -> object:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _entry(line: dict[str, str]) -> ErasureEntry:
    return ErasureEntry(line["scope"], UUID(line["request"]), datetime.fromisoformat(line["at"]), line["hash"])
