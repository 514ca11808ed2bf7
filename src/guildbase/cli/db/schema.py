"""`guildbase db upgrade|downgrade|current`: brings the schema up, down, and tells where it is."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from guildbase.core.settings import load_settings


def upgrade(revision: Annotated[str, typer.Argument(help="Where to go.")] = "head") -> None:
    """Bring the database to the newest revision."""
    from guildbase.database import migrate
    from guildbase.database.process_lock import single_process

    url = load_settings().database_url
    with single_process(url):
        migrate.upgrade(url, revision)
    typer.echo(f"The database is at revision {_revision(url) or 'none'}.")


def downgrade(
    revision: Annotated[str, typer.Argument(help="Where to go: a revision, -1 for one step, or base.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; tables and rows may be dropped.")] = False,
) -> None:
    """Take the database back; what newer revisions added is dropped with its rows."""
    from guildbase.database import migrate
    from guildbase.database.process_lock import single_process

    url = load_settings().database_url
    if not yes:
        typer.confirm(f"Tables and rows newer than {revision} will be dropped. Go on?", abort=True)
    with single_process(url):
        migrate.downgrade(url, revision)
    typer.echo(f"The database is at revision {_revision(url) or 'none'}.")


def current() -> None:
    """Tell which revision the database has and which is the newest."""
    from guildbase.database import migrate

    typer.echo(f"database: {_revision(load_settings().database_url) or 'none'}")
    typer.echo(f"newest:   {migrate.head()}")


def _revision(url: str) -> str | None:
    from guildbase.database import migrate
    from guildbase.database.manager import DatabaseManager, sqlite_file

    file = sqlite_file(url)
    if file is not None and not file.exists():
        return None  # Opening it would make an empty one.

    async def read() -> str | None:
        database = DatabaseManager(url)
        try:
            return await migrate.current(database)
        finally:
            await database.close()

    return asyncio.run(read())
