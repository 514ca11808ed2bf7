"""Engines with the options, time-outs and checks that all connections share, awaited and blocking ones alike."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from guildbase.database.connections.address import for_blocking_driver
from guildbase.database.connections.failures import give_up_on_silence, refuse_clearly, unavailable
from guildbase.database.connections.parameters import dump_document, refuse_bad_parameters

RECYCLE = 1800  # seconds after which a connection is made anew, because firewalls forget old ones
IDLE_BEFORE_PING = 5.0  # seconds
PING_TIMEOUT = 1.0  # seconds
STEPS_BETWEEN_LOOKS = 20_000  # of SQLite's virtual machine, about a millisecond


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """How a process uses its database; all times are seconds."""

    pool_size: int = 10
    pool_overflow: int = 10
    pool_timeout: float = 2.0
    connect_timeout: float = 3.0
    statement_timeout: float = 5.0
    lock_timeout: float = 4.0
    idle_timeout: float = 15.0
    is_behind_pgbouncer: bool = False
    replica_urls: tuple[str, ...] = ()
    replica_max_lag: float = 5.0

    @property
    def server_settings(self) -> dict[str, str]:
        """The settings of a PostgreSQL session."""
        return {
            "jit": "off",
            "statement_timeout": _milliseconds(self.statement_timeout),
            "lock_timeout": _milliseconds(self.lock_timeout),
            "idle_in_transaction_session_timeout": _milliseconds(self.idle_timeout),
        }


def async_engine(url: URL, options: ConnectionOptions) -> AsyncEngine:
    """Return the engine of the bot and the API."""
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, **_pool(options), connect_args=_sqlite_arguments(options))
        _prepare(engine.sync_engine, url, options)
        return engine
    arguments: dict[str, Any] = {
        "timeout": options.connect_timeout,
        # The server ends a slow statement in good order; this one is for a server that says nothing at all.
        "command_timeout": options.statement_timeout + 1,
        "server_settings": {"application_name": "guildbase"},
    }
    if options.is_behind_pgbouncer:
        # Each transaction may meet another server, so no prepared statement may outlive one or keep its name.
        arguments |= {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
        arguments["prepared_statement_name_func"] = lambda: ""
    else:
        arguments["server_settings"] |= options.server_settings
    engine = create_async_engine(url, **_pool(options), connect_args=arguments)
    _prepare(engine.sync_engine, url, options)
    _check_at_checkout(engine.sync_engine)
    give_up_on_silence(engine.sync_engine, url)
    return engine


def blocking_engine(url: URL, options: ConnectionOptions) -> Engine:
    """Return the engine of scripts, for the same address with the same options."""
    address = for_blocking_driver(url)
    if address.get_backend_name() == "sqlite":
        engine = create_engine(address, **_pool(options), connect_args=_sqlite_arguments(options))
    else:
        arguments: dict[str, Any] = {
            "connect_timeout": max(2, round(options.connect_timeout)),
            "application_name": "guildbase",
        }
        if options.is_behind_pgbouncer:
            arguments["prepare_threshold"] = None
        else:
            arguments["options"] = " ".join(f"-c {name}={value}" for name, value in options.server_settings.items())
        engine = create_engine(address, **_pool(options), pool_pre_ping=True, connect_args=arguments)
    _prepare(engine, url, options)
    return engine


class _SQLiteConnection(sqlite3.Connection):
    """Ends its transaction when it is closed."""

    def close(self) -> None:
        """Close the connection, and give up the lock on the file at once.

        SQLite itself keeps a closed connection alive, lock and all, while a cursor of it is. Whoever is cancelled in
        the middle of a statement leaves such a cursor in the traceback, and nobody could write any more.
        """
        with suppress(sqlite3.Error):  # It is closed already, or its thread has ended in the middle of something.
            self.rollback()
        super().close()

    def __del__(self) -> None:
        # Whoever is cancelled while the driver opens the file gets no connection that could be closed.
        with suppress(sqlite3.Error):
            self.close()


def _sqlite_arguments(options: ConnectionOptions) -> dict[str, Any]:
    return {"timeout": options.lock_timeout, "factory": _SQLiteConnection}


def _pool(options: ConnectionOptions) -> dict[str, Any]:
    return {
        "pool_size": options.pool_size,
        "max_overflow": options.pool_overflow,
        "pool_timeout": options.pool_timeout,
        "pool_recycle": RECYCLE,
        # The connection that came back last has the warmest caches, on the server too.
        "pool_use_lifo": True,
        "hide_parameters": True,
        "json_serializer": dump_document,
    }


def _prepare(engine: Engine, url: URL, options: ConnectionOptions) -> None:
    refuse_clearly(engine, url)
    refuse_bad_parameters(engine)
    if url.get_backend_name() == "sqlite":
        _prepare_sqlite(engine, url, options)
    elif options.is_behind_pgbouncer:
        _set_per_transaction(engine, options.server_settings)


def _prepare_sqlite(engine: Engine, url: URL, options: ConnectionOptions) -> None:
    """Let writers take their lock at BEGIN: a lock taken later is refused at once or loses updates silently."""
    lock_timeout = f"busy_timeout={_milliseconds(options.lock_timeout)}"
    pragmas = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", lock_timeout)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
        except engine.dialect.loaded_dbapi.Error as error:  # For one, the file is no database.
            raise unavailable(url, error) from error
        finally:
            cursor.close()
        _watch(connection, record.info)

    @event.listens_for(engine, "begin")
    def _begun(connection: Any) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        if mode is not None:
            connection.exec_driver_sql(f"BEGIN {mode}")

    @event.listens_for(engine, "before_cursor_execute")
    def _started(connection: Any, *_: Any) -> None:
        connection.info["deadline"] = time.monotonic() + options.statement_timeout

    @event.listens_for(engine, "after_cursor_execute")
    def _ended(connection: Any, *_: Any) -> None:
        # Whoever reads the rows of a long list one by one may take their time.
        del connection.info["deadline"]


def _watch(connection: Any, info: dict[str, Any]) -> None:
    """Interrupt a statement of SQLite's that runs past its deadline."""

    def is_late() -> bool:
        return bool(time.monotonic() > info.get("deadline", float("inf")))

    def watch(driver: Any) -> Any:
        return driver.set_progress_handler(is_late, STEPS_BETWEEN_LOOKS)

    if hasattr(connection, "run_async"):
        connection.run_async(watch)
    else:
        watch(connection)


def _set_per_transaction(engine: Engine, settings: dict[str, str]) -> None:
    """Send the settings at each BEGIN, because PgBouncer refuses them at the start of a connection."""
    calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in settings.items())

    @event.listens_for(engine, "begin")
    def _begun(connection: Any) -> None:
        connection.exec_driver_sql(f"SELECT {calls}")


def _check_at_checkout(engine: Engine) -> None:
    """Replace a dead connection before it is used.

    The driver notices by itself when the server hangs up, so only a connection that was idle for long is asked. To ask
    at each checkout would cost three round trips.
    """

    @event.listens_for(engine, "checkin")
    def _returned(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _taken(connection: Any, record: Any, _fairy: Any) -> None:
        if connection.driver_connection.is_closed():
            # A server that ended one connection has most likely ended them all.
            raise InvalidatePoolError
        if time.monotonic() - record.info.get("idle_since", float("inf")) > IDLE_BEFORE_PING:
            _ping(connection)


def _ping(connection: Any) -> None:
    try:
        connection.run_async(lambda driver: driver.execute("", timeout=PING_TIMEOUT))
    except Exception as error:
        connection.driver_connection.terminate()
        raise DisconnectionError from error


def _milliseconds(seconds: float) -> str:
    return str(max(1, round(seconds * 1000)))
