"""The services for one command, on the database of the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypeVar

from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.logging import configure_logging
from guildbase.core.settings import load_settings

if TYPE_CHECKING:
    from guildbase.services.container import BotServices

T = TypeVar("T")


LONG = 3600.0
"""Seconds that one statement over a whole table may take."""


def with_services(work: Callable[[BotServices], Awaitable[T]], *, is_alone: bool = False, is_long: bool = False) -> T:
    """Do the work and return its result.

    With `is_alone` no other process may use a SQLite file meanwhile; with `is_long` a statement may read a large table.

    Raises:
        DatabaseUnavailable: the database is away, not at this version's revision, or in use.
    """
    from guildbase.core.registry import FeatureRegistry
    from guildbase.database.connections.address import sqlite_file
    from guildbase.database.connections.process_lock import single_process
    from guildbase.database.manager import DatabaseManager
    from guildbase.database.schema.revision import require_head
    from guildbase.services.assembly import assemble

    configure_logging(level="WARNING")
    settings = load_settings()
    if is_long:
        settings = settings.model_copy(update={"database_statement_timeout": LONG})
    file = sqlite_file(settings.database_url)
    if file is not None and not file.exists():
        # Opening it would make an empty one.
        raise DatabaseUnavailable(f"There is no file {file}.", hint="Check GUILDBASE_DATABASE_URL.")
    registry = FeatureRegistry.discover(settings.features_dir)

    async def run() -> T:
        services = assemble(settings, registry)
        try:
            await require_head(services.get(DatabaseManager), registry)
            return await work(services)
        finally:
            await services.close()

    with single_process(settings.database_url) if is_alone else nullcontext():
        return asyncio.run(run())
