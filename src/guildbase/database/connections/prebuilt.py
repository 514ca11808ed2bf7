"""Statements of hot paths: compiled once, and on PostgreSQL run by the driver itself on a connection of the pool.

SQLAlchemy's own way to run a statement costs four times what the driver does. So a benchmark must show the need, and
a test must compare the rows with the convenient way. Values go to the driver as they are: ids, text, moments, UUIDs
and text enums may be parameters, and documents as the text that `dump_document` makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.dml import ReturningUpdate
from sqlalchemy.util import greenlet_spawn

from guildbase.database.connections.failures import told_clearly, unavailable
from guildbase.database.manager import DatabaseManager


class RefusedByServer(Exception):
    """The server did not run the statement to its end; nothing of it is stored."""


class Prebuilt:
    """One statement with named parameters, which gives at most one row."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | ReturningUpdate[*tuple[Any, ...]]) -> None:
        self._statement = statement

    async def run(self, database: DatabaseManager, **parameters: Any) -> Sequence[Any] | None:
        """Run the statement by itself on PostgreSQL, whose server commits it, and return its row.

        Raises:
            RefusedByServer: nothing is stored, so the work may be done in another way.
            DatabaseUnavailable: the database cannot be reached, or went away before it answered.
        """
        from asyncpg import InterfaceError, PostgresError  # type: ignore[import-untyped]

        text, arguments = self._compiled
        given = arguments(parameters)
        try:
            row = await _fetch(database, text, given)
        except (PostgresError, InterfaceError) as error:
            if _has_refused(error):
                raise RefusedByServer(str(error)) from error
            raise unavailable(database.url, error) from error
        except OSError as error:
            raise unavailable(database.url, error) from error
        return row

    @cached_property
    def _compiled(self) -> tuple[str, Callable[[dict[str, Any]], list[Any]]]:
        dialect: Any = postgresql.asyncpg.dialect()  # type: ignore[no-untyped-call]
        compiled: Any = self._statement.compile(dialect=dialect)
        names, constants = compiled.positiontup, compiled.params
        return compiled.string, lambda given: [given.get(name, constants[name]) for name in names]


class PrebuiltRead(Prebuilt):
    """A SELECT that every database answers."""

    async def run(self, database: DatabaseManager, **parameters: Any) -> Sequence[Any] | None:
        """Return the row, or None; on SQLite the convenient way reads it."""
        if not database.is_sqlite:
            try:
                return await super().run(database, **parameters)
            except RefusedByServer:
                pass  # The convenient way tells every error clearly.
        async with database.read_session(fresh=True) as session:
            found: Sequence[Any] | None = (await session.execute(self._statement, parameters)).one_or_none()
            return found


async def _fetch(database: DatabaseManager, text: str, given: list[Any]) -> Sequence[Any] | None:
    """Run the statement on a connection of the pool, whose own greenlets do not wait for it, because that costs."""
    with told_clearly(database.url):
        lent = await greenlet_spawn(database.engine.sync_engine.raw_connection)
    driver: Any = lent.driver_connection
    try:
        # Outside a transaction, so that the server commits the statement.
        row: Sequence[Any] | None = await driver.fetchrow(text, *given)
    except OSError:
        driver.terminate()  # Most likely a time-out, and a silent server may be so for ever.
        lent.invalidate()  # To find it closed, the pool would take the whole server for gone.
        raise
    finally:
        await greenlet_spawn(lent.close)
    return row


def _has_refused(error: Exception) -> bool:
    """Whether the server said no; where the connection or the server itself ended, nobody knows what is stored."""
    state: str = getattr(error, "sqlstate", None) or ""
    return not state.startswith(("08", "57P"))
