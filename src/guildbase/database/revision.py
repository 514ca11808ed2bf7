"""Which revision the database has and which one this version needs.

A bot or API process asks this once at its start. It is one row and a list of file names, so Alembic, a
tenth of the bot's import time, stays with the commands that migrate.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.manager import DatabaseManager

_VERSIONS = Path(__file__).parent / "migrations" / "versions"


def known() -> list[str]:
    """Return the revisions of this version of Guildbase, oldest first: each file's name begins with its number."""
    return sorted(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


def head() -> str:
    """Return the newest revision that this version of Guildbase knows."""
    return known()[-1]


async def current(database: DatabaseManager) -> str | None:
    """Return the revision that the database has, or None for an empty one."""

    def read(connection: Connection) -> str | None:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()

    async with database.read_session() as session:
        return await (await session.connection()).run_sync(read)


async def require_head(database: DatabaseManager) -> None:
    """Return when the database is at the newest revision.

    Raises:
        DatabaseUnavailable: it is behind, ahead or unreachable; the hint says what to run.
    """
    revision, newest = await current(database), head()
    if revision == newest:
        return
    if revision is not None and revision not in known():
        raise DatabaseUnavailable(
            f"The database is at revision {revision}, which this version does not know.",
            hint="Install the version of Guildbase that migrated it, or a newer one.",
        )
    raise DatabaseUnavailable(
        f"The database is at revision {revision or 'none'}, this version needs {newest}.",
        hint="Run: guildbase db upgrade",
    )
