"""Runs the packaged migrations. Blocking: call from a plain thread, not from the event loop."""

from __future__ import annotations

import asyncio

import sqlalchemy.exc
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import MetaData
from sqlalchemy.engine import Connection

from guildbase.core.errors import DatabaseUnavailable, InvalidInput
from guildbase.database.manager import DatabaseManager, parse_url


def alembic_config(url: str, metadata: MetaData | None = None) -> Config:
    """Return Alembic's configuration for our packaged migrations; `metadata` is needed to compare models."""
    config = Config()
    config.set_main_option("script_location", "guildbase:database/migrations")
    config.attributes["url"] = parse_url(url)
    config.attributes["metadata"] = metadata
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to the revision; nothing is left behind by one that fails."""
    _run(lambda: command.upgrade(alembic_config(url), revision), url)


def downgrade(url: str, revision: str) -> None:
    """Take the database back to the revision (`base` removes all tables, `-1` is one step)."""
    _run(lambda: command.downgrade(alembic_config(url), revision), url)


def head() -> str:
    """Return the newest revision that this version of Guildbase knows."""
    return str(ScriptDirectory.from_config(alembic_config("sqlite:///unused")).get_current_head())


async def current(database: DatabaseManager) -> str | None:
    """Return the revision that the database has, or None for an empty one."""

    def read(connection: Connection) -> str | None:
        return MigrationContext.configure(connection).get_current_revision()

    async with database.read_session() as session:
        return await (await session.connection()).run_sync(read)


async def require_head(database: DatabaseManager) -> None:
    """Return when the database is at the newest revision.

    Raises:
        DatabaseUnavailable: it is behind, ahead or unreachable; the hint says what to run.
    """
    revision, newest = await current(database), await asyncio.to_thread(head)
    if revision == newest:
        return
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config("sqlite:///x")).walk_revisions()}
    if revision is not None and revision not in known:
        raise DatabaseUnavailable(
            f"The database is at revision {revision}, which this version does not know.",
            hint="Install the version of Guildbase that migrated it, or a newer one.",
        )
    raise DatabaseUnavailable(
        f"The database is at revision {revision or 'none'}, this version needs {newest}.",
        hint="Run: guildbase db upgrade",
    )


def _run(action: object, url: str) -> None:
    try:
        action()  # type: ignore[operator]
    except CommandError as error:
        raise InvalidInput(f"Migration: {error}.", hint="`guildbase db current` tells where the database is.") from None
    except (sqlalchemy.exc.OperationalError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise DatabaseUnavailable(
            f"The database {parse_url(url).render_as_string(hide_password=True)} cannot be used: {reason}.",
            hint="Check GUILDBASE_DATABASE_URL and that the server runs.",
        ) from error
