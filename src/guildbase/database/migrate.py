"""Runs the packaged migrations. Blocking: call from a plain thread, not from the event loop."""

from __future__ import annotations

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError

from guildbase.core.errors import InvalidInput
from guildbase.database.manager import is_connection_error, parse_url, unavailable
from guildbase.database.revision import current, head, require_head

__all__ = ["alembic_config", "current", "downgrade", "head", "require_head", "upgrade"]


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


def _run(action: Callable[[], None], url: str) -> None:
    try:
        action()
    except CommandError as error:
        raise InvalidInput(f"Migration: {error}.", hint="`guildbase db current` tells where the database is.") from None
    except DBAPIError as error:
        if not is_connection_error(error):
            raise
        raise unavailable(parse_url(url), error) from error
