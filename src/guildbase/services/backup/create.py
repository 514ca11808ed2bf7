"""Makes a backup: everything of one moment in one file, which is there whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import guildbase
from guildbase.core.clock import utcnow
from guildbase.core.crypto import KEYS_SETTING, Keyring
from guildbase.core.errors import ConfigurationError
from guildbase.core.settings import Settings
from guildbase.database.connections.address import parse_url, sqlite_file
from guildbase.services.backup import postgresql, sqlite
from guildbase.services.backup.archive import read_manifest, write_archive
from guildbase.services.backup.folder import PARTIAL, Backup, writing
from guildbase.services.backup.manifest import Manifest
from guildbase.services.backup.sqlite import Progress


def create(settings: Settings, progress: Progress, *, is_plain: bool = False) -> Backup:
    """Back the database up into the folder of the settings, while others use it.

    Raises:
        ConfigurationError: there is no key and nobody asked for a plain backup, or a program is missing.
        GuildbaseError: it could not be made; nothing is left behind.
    """
    keyring = None if is_plain else _keys(settings)
    backend = parse_url(settings.database_url).get_backend_name()
    with (
        writing(settings.backup_dir) as (path, file),
        _snapshot(settings, path, progress) as (tables, revisions, payload),
    ):
        manifest = Manifest(utcnow(), guildbase.__version__, backend, revisions, tables, key_id=None)
        write_archive(file, manifest, payload, keyring)
    return Backup(path, path.stat().st_size, read_manifest(path))


def server_of(settings: Settings) -> postgresql.Server:
    """Return the PostgreSQL server of the settings."""
    return postgresql.Server(parse_url(settings.database_url), settings.postgresql_programs)


@contextmanager
def _snapshot(
    settings: Settings, path: Path, progress: Progress
) -> Iterator[tuple[dict[str, int], list[str], Iterator[bytes]]]:
    file = sqlite_file(settings.database_url)
    if file is None:
        with postgresql.snapshot(server_of(settings), progress) as found:
            yield found
    else:
        copy = path.with_name(f"{path.name}{PARTIAL}-copy")
        with sqlite.snapshot(file, copy, progress) as (tables, revisions):
            yield tables, revisions, sqlite.packed(copy, progress)


def _keys(settings: Settings) -> Keyring:
    keyring = settings.keyring()
    if not keyring.ids:
        raise ConfigurationError(
            f"Without {KEYS_SETTING} a backup cannot be encrypted.",
            hint="Make a key with `guildbase keys new`, or ask for a backup that everybody can read with --plain.",
        )
    return keyring
