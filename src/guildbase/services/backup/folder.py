"""The folder of the backups: their names, which there are, how many are kept, and when the last drill was good."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, GuildbaseError, NotFound
from guildbase.services.backup.archive import read_manifest
from guildbase.services.backup.manifest import Manifest

SUFFIX = ".backup"
PARTIAL = ".partial"
LAST_DRILL = "last-drill.json"

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; there nobody keeps two from writing at once.
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Backup:
    """One file in the folder."""

    path: Path
    size: int
    manifest: Manifest | None
    """None if it is not readable."""
    problem: str = ""


def list_backups(folder: Path) -> list[Backup]:
    """Return the backups, the newest first; what is half written is none."""
    found = [_read(path) for path in folder.glob(f"*{SUFFIX}") if path.is_file()]
    return sorted(found, key=lambda backup: backup.path.name, reverse=True)


def find_backup(folder: Path, name: str | None) -> Path:
    """Return the named backup, which may also be a path, or the newest one; raise NotFound if there is none."""
    if name is not None:
        for path in (folder / name, Path(name)):
            if path.is_file():
                return path
        raise NotFound(f"There is no backup {name}.", hint="`guildbase backup list` shows those that are there.")
    backups = list_backups(folder)
    if not backups:
        raise NotFound(f"There is no backup in {folder}.", hint="Make one: guildbase backup create")
    return backups[0].path


@contextmanager
def writing(folder: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Give the path of a new backup and a file to write it to, which gets that name when all is on the disk.

    Raises:
        Conflict: another process is writing a backup there.
        GuildbaseError: there is no room, or nobody may write there.
    """
    make_folder(folder)
    with alone(folder):
        # Whoever left these was killed, since nobody else writes now.
        for left in folder.glob(f"*{PARTIAL}*"):
            left.unlink()
        path = folder / f"guildbase-{utcnow():%Y%m%d-%H%M%S-%f}{SUFFIX}"
        partial = path.with_name(path.name + PARTIAL)
        try:
            with open(partial, "xb", opener=_only_for_us) as file:
                yield path, file
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
            _sync_folder(folder)
        except OSError as error:
            raise GuildbaseError(
                f"The backup cannot be written to {folder}: {error.strerror}.",
                hint="Free some space, or set GUILDBASE_BACKUP_DIR to another folder. Nothing is left behind.",
            ) from error
        finally:
            partial.unlink(missing_ok=True)


def keep_newest(folder: Path, count: int, made: Path) -> list[Path]:
    """Keep the one just made, whatever the clock says, and remove the oldest readable ones beyond so many in all."""
    others = [backup.path for backup in list_backups(folder) if backup.manifest is not None and backup.path != made]
    for path in others[count - 1 :]:
        path.unlink(missing_ok=True)  # Another process may be at the same.
    return others[count - 1 :]


def note_drill(folder: Path, report: dict[str, Any]) -> None:
    """Note down that a drill went well."""
    make_folder(folder)
    half = folder / f"{LAST_DRILL}.half"
    half.write_bytes(orjson.dumps(report | {"at": utcnow()}))
    half.replace(folder / LAST_DRILL)


def last_drill(folder: Path) -> datetime | None:
    """Return when the last good drill was, or None if there was none."""
    try:
        return datetime.fromisoformat(orjson.loads((folder / LAST_DRILL).read_bytes())["at"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _read(path: Path) -> Backup:
    size = 0
    try:
        size = path.stat().st_size
        return Backup(path, size, read_manifest(path))
    except (GuildbaseError, OSError) as error:
        return Backup(path, size, None, str(error))


def make_folder(folder: Path) -> None:
    """Make the folder, for us alone, if it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise GuildbaseError(
            f"The folder {folder} cannot be made: {error.strerror}.", hint="Set GUILDBASE_BACKUP_DIR to another one."
        ) from None


def _only_for_us(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; raise Conflict if another one does."""
    try:
        handle = (folder / ".lock").open("ab")
    except OSError as error:
        raise GuildbaseError(
            f"The folder {folder} cannot be written to: {error.strerror}.", hint="Check whose it is."
        ) from None
    with handle:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(
                    f"Another process is writing a backup into {folder}.", hint="Wait until it is done."
                ) from None
        yield


def _sync_folder(folder: Path) -> None:
    """Make the new name last through a power cut."""
    with contextlib.suppress(OSError):  # Some file systems cannot, and then need not.
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
