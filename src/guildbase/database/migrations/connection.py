"""The connection that migrations run on: one of its own, with a lock that keeps other migrators out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy import URL, pool
from sqlalchemy.engine import Connection

from guildbase.database.connections.address import for_blocking_driver
from guildbase.database.connections.failures import refuse_clearly

if TYPE_CHECKING:
    from guildbase.database.schema.migrate import Patience

ADVISORY_LOCK = 727_274
WAIT_FOR_OTHER_MIGRATOR = 600  # seconds
_BUSY_TIMEOUT = 10_000  # milliseconds


@contextmanager
def migrating(url: URL, patience: Patience) -> Iterator[Connection]:
    """Yield a connection that nobody else shares.

    On SQLite foreign keys are not enforced on it: the rebuild of a parent would delete its children. The driver would
    also commit before each DDL statement; with our own BEGIN a failed revision leaves nothing.
    """
    engine = sa.create_engine(for_blocking_driver(url), poolclass=pool.NullPool, hide_parameters=True)
    refuse_clearly(engine, url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", lambda raw, _: setattr(raw, "isolation_level", None))
        sa.event.listen(engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.connect() as connection:
        _prepare(connection, patience)
        yield connection
    engine.dispose()


@contextmanager
def alone(connection: Connection, patience: Patience) -> Iterator[None]:
    """Wait until no other process migrates, and keep others out. On SQLite the upgrade's one transaction does that."""
    if connection.dialect.name != "postgresql":
        yield
        return
    _set(connection, lock_timeout=WAIT_FOR_OTHER_MIGRATOR)
    connection.execute(sa.text("SELECT pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
    _set(connection, lock_timeout=patience.lock_timeout, statement_timeout=patience.statement_timeout)
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.rollback()
            connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
            connection.commit()


def _prepare(connection: Connection, patience: Patience) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_BUSY_TIMEOUT}")
        connection.rollback()
    else:
        _set(connection, statement_timeout=0, idle_in_transaction_session_timeout=0, lock_timeout=patience.lock_timeout)


def _set(connection: Connection, **seconds: float) -> None:
    for name, value in seconds.items():
        connection.exec_driver_sql(f"SET {name} = {round(value * 1000)}")
    connection.commit()
