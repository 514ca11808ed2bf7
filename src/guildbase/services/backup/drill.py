"""The restore drill: proves on a database made for it that a backup can be restored, read and used."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guildbase.core.errors import GuildbaseError
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.connections.address import parse_url
from guildbase.database.manager import DatabaseManager
from guildbase.database.schema import migrate
from guildbase.database.upkeep.key_rotation import check_values
from guildbase.services.backup.create import server_of
from guildbase.services.backup.folder import alone, make_folder
from guildbase.services.backup.manifest import BackupDamaged
from guildbase.services.backup.restore import restore
from guildbase.services.backup.sqlite import Progress
from guildbase.services.encryption_keys import verify_keys
from guildbase.services.tables import all_tables

if TYPE_CHECKING:
    import psycopg

PREFIX = "guildbase_drill_"
LONG = 3600.0  # seconds that one statement may take


@dataclass(frozen=True, slots=True)
class Drill:
    """What a good drill proved."""

    backup: str
    tables: int
    rows: int
    values: int
    """Encrypted values that were decrypted."""
    seconds: float


def drill(path: Path, settings: Settings, registry: FeatureRegistry, progress: Progress) -> Drill:
    """Restore the backup into a database made for that, bring it to this version, decrypt, count, and drop it.

    Blocking: call from a plain thread, not from the event loop.

    Raises:
        GuildbaseError: the backup would not help in an emergency; the message says why.
    """
    begun = time.monotonic()
    with _database_for_it(settings) as url:
        its_own = settings.model_copy(update={"database_url": url, "database_replica_urls": ()})
        manifest = restore(path, its_own, registry, progress)
        # A backup from before an update must be of use after it.
        migrate.upgrade(url, registry=registry)
        values = asyncio.run(decrypt_all(its_own, registry, progress))
    return Drill(path.name, len(manifest.tables), manifest.rows, values, round(time.monotonic() - begun, 3))


async def decrypt_all(settings: Settings, registry: FeatureRegistry, progress: Progress) -> int:
    """Return how many encrypted values there are; raise GuildbaseError if one cannot be read."""
    done = 0

    def told(_column: str, count: int) -> None:
        nonlocal done
        done += count
        progress("decrypting", done, None)

    database = DatabaseManager.from_settings(settings, statement_timeout=LONG)
    try:
        await verify_keys(database)
        outcome = await check_values(database, all_tables(registry), told)
    finally:
        await database.close()
    if outcome.unreadable:
        raise BackupDamaged(
            f"{outcome.unreadable} encrypted values cannot be read: {'; '.join(outcome.places)}",
            hint="Put the keys of that time into GUILDBASE_ENCRYPTION_KEYS.",
        )
    return outcome.values


@contextmanager
def _database_for_it(settings: Settings) -> Iterator[str]:
    """Make an empty database of the same kind, and remove it afterwards."""
    if parse_url(settings.database_url).get_backend_name() == "sqlite":
        make_folder(settings.backup_dir)
        _remove_what_the_killed_left(settings.backup_dir)
        with tempfile.TemporaryDirectory(prefix=f".{PREFIX}", dir=settings.backup_dir) as folder, alone(Path(folder)):
            yield f"sqlite:///{Path(folder).absolute() / 'drill.db'}"
        return
    server, name = server_of(settings), f"{PREFIX}{secrets.token_hex(6)}"
    with server.connect() as connection:
        _drop_what_the_killed_left(connection)
        _make_database(connection, name)
        try:
            with server.connect(name):  # As long as somebody is connected, no other drill can drop it.
                connection.execute(f"ALTER DATABASE {name} IS_TEMPLATE false".encode())
                yield server.url.set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


def _drop_what_the_killed_left(connection: psycopg.Connection[Any]) -> None:
    from psycopg import DatabaseError

    for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^{PREFIX}[0-9a-f]+$"]):
        # One that is in use is another drill's, and cannot be dropped.
        with contextlib.suppress(DatabaseError):
            connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())


def _make_database(connection: psycopg.Connection[Any], name: str) -> None:
    from psycopg import DatabaseError

    try:
        # A template cannot be dropped by another drill before we are connected to it.
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 IS_TEMPLATE true".encode())
    except DatabaseError as error:
        raise GuildbaseError(
            f"No database for the drill can be made: {str(error).splitlines()[0]}.",
            hint="Let the database's user make one: ALTER ROLE ... CREATEDB.",
        ) from None


def _remove_what_the_killed_left(folder: Path) -> None:
    for left in folder.glob(f".{PREFIX}*"):
        # One that is held is another drill's.
        with contextlib.suppress(GuildbaseError), alone(left):
            shutil.rmtree(left, ignore_errors=True)
