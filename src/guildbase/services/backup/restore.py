"""Puts a backup into an empty database, or with permission into the place of what is there."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from guildbase.core.crypto import Keyring
from guildbase.core.errors import Conflict, GuildbaseError
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.connections.address import parse_url, sqlite_file
from guildbase.database.connections.process_lock import single_process
from guildbase.database.schema.revision import branches, refuse_newer
from guildbase.services.backup import postgresql, sqlite
from guildbase.services.backup.archive import read_manifest, read_payload
from guildbase.services.backup.create import server_of
from guildbase.services.backup.manifest import Manifest
from guildbase.services.backup.sqlite import Progress


def verify(path: Path, keyring: Keyring, progress: Progress) -> Manifest:
    """Read every byte and return the manifest, which is authentic then.

    Raises:
        BackupDamaged: it was changed or cut off.
        ConfigurationError: its key is missing or another one.
    """
    manifest = read_manifest(path)
    for _ in _counted(read_payload(path, keyring), path, "verifying", progress):
        pass
    return manifest


def is_empty(settings: Settings) -> bool:
    """Tell whether the database of the settings has no table, and so may be restored into."""
    file = sqlite_file(settings.database_url)
    return postgresql.is_empty(server_of(settings)) if file is None else sqlite.is_empty(file)


def restore(
    path: Path, settings: Settings, registry: FeatureRegistry, progress: Progress, *, replace: bool = False
) -> Manifest:
    """Restore the backup into the database of the settings; all checks come before anything is written.

    Raises:
        BackupDamaged: the backup is; the database is as it was.
        Conflict: the database is not empty (unless `replace`), is in use, or of another kind.
        DatabaseUnavailable: it cannot be reached, or a newer version made the backup.
    """
    keyring = settings.keyring()
    manifest = read_manifest(path)
    backend = parse_url(settings.database_url).get_backend_name()
    if manifest.backend != backend:
        raise Conflict(
            f"The backup is of {manifest.backend}, and the database is {backend}.", hint="Set another database URL."
        )
    refuse_newer(manifest.revisions, branches(registry))
    verify(path, keyring, progress)
    payload = _counted(read_payload(path, keyring), path, "restoring", progress)
    with single_process(settings.database_url):
        if not replace and not is_empty(settings):
            raise Conflict(
                "The database is not empty.", hint="Restore into an empty one, or say --replace to lose what is in it."
            )
        file = sqlite_file(settings.database_url)
        if file is None:
            postgresql.restore(server_of(settings), payload, manifest.tables, clear=replace)
        else:
            _restore_file(file, payload, manifest, progress)
    return manifest


def _restore_file(file: Path, payload: Iterator[bytes], manifest: Manifest, progress: Progress) -> None:
    # Beside the database, where there is room for it and where the same people may read. What is there already was
    # left by somebody who was killed, since nobody else has the database's lock.
    place, prefix = file.absolute().parent, f".{file.name}-restoring-"
    for left in place.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        with tempfile.TemporaryDirectory(prefix=prefix, dir=place) as folder:
            unpacked = Path(folder) / "restored.db"
            sqlite.unpack(payload, unpacked)
            sqlite.require_counts(unpacked, manifest.tables)
            sqlite.overwrite(unpacked, file, progress)
    except OSError as error:
        raise GuildbaseError(
            f"{file} cannot be restored: {error.strerror}.",
            hint="It is as it was. Give its folder room, twice its size.",
        ) from error


def _counted(payload: Iterator[bytes], path: Path, step: str, progress: Progress) -> Iterator[bytes]:
    """Pass the payload on, telling about how much of the file is done."""
    done, size = 0, path.stat().st_size
    for piece in payload:
        done += len(piece)
        progress(step, min(done, size), size)
        yield piece


def fingerprint(path: Path) -> str:
    """Return the SHA-256 of the file, to compare it with a copy elsewhere."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
