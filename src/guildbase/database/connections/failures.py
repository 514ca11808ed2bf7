"""What can go wrong with a database that is nobody's mistake, told in one way for every driver.

    DatabaseUnavailable
    ├── ConnectionLost      in the middle of the work, before its commit was sent
    └── DatabaseBusy        another one's work was in the way: deadlock, serialization, lock

After the two below nothing of the transaction is stored, so it may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from guildbase.core.errors import ConfigurationError, DatabaseUnavailable

BUSY_STATES = {"40001", "40P01", "55P03"}  # Serialization failure, deadlock, lock time-out.
# A migration changed a table while the connection was open.
OBSOLETE_PLAN = "cached statement plan is invalid"
TOO_SLOW_STATE = "57014"
FULL_STATES = "53"
SQLITE_BUSY, SQLITE_LOCKED, SQLITE_INTERRUPT, SQLITE_FULL = 5, 6, 9, 13
# A wrong statement, a broken constraint, a value of the wrong kind, a misused driver.
SQLITE_MISTAKES = {1, 19, 20, 21, 25}
REACH = "Check GUILDBASE_DATABASE_URL and that the server runs."
AGAIN = "Try again."
SLOW = "Try again, or raise GUILDBASE_DATABASE_STATEMENT_TIMEOUT."
FULL = "Free some space on the database's disk; nothing of this work was stored."


class ConnectionLost(DatabaseUnavailable):
    """The connection went away before the commit was sent, so nothing is stored."""

    code = "connection_lost"


class DatabaseBusy(DatabaseUnavailable):
    """The database gave up this transaction in favour of another one; nothing is stored."""

    code = "database_busy"


def translated(url: URL, error: DBAPIError | PoolTimeoutError) -> DatabaseUnavailable | None:
    """Return the error to raise instead, or None when the statement itself was wrong."""
    if isinstance(error, PoolTimeoutError):
        return unavailable(url, error, hint="Try again, or raise GUILDBASE_DATABASE_POOL_SIZE.")
    state, code = getattr(error.orig, "sqlstate", None) or "", _sqlite_code(error)
    if state in BUSY_STATES or code in (SQLITE_BUSY, SQLITE_LOCKED) or OBSOLETE_PLAN in str(error.orig):
        return unavailable(url, error, DatabaseBusy, AGAIN)
    if state == TOO_SLOW_STATE or code == SQLITE_INTERRUPT:
        return unavailable(url, error, hint=SLOW)
    if state.startswith(FULL_STATES) or code == SQLITE_FULL:
        return unavailable(url, error, hint=FULL)
    if not is_connection_error(error):
        return None
    # Only the commit has no statement. If its answer is lost, the work may be stored, and nobody may repeat it.
    is_before_commit = error.connection_invalidated and error.statement is not None
    return unavailable(url, error, ConnectionLost if is_before_commit else DatabaseUnavailable)


@contextmanager
def told_clearly(url: URL) -> Iterator[None]:
    """Raise one clear error for all that is wrong with the database; what is wrong with a statement stays as it is."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError) as error:
        told = translated(url, error)
        if told is None:
            raise
        raise told from error


def unavailable(
    url: URL, error: BaseException, kind: type[DatabaseUnavailable] = DatabaseUnavailable, hint: str = REACH
) -> DatabaseUnavailable:
    """Return the error to raise when this database cannot be used; it says why in one line, without the password."""
    reason = str(getattr(error, "orig", None) or error).partition("\n")[0] or type(error).__name__
    address = url.render_as_string(hide_password=True)
    return kind(f"The database {address} cannot be used: {reason.removesuffix('.')}.", hint=hint)


def is_connection_error(error: DBAPIError | PoolTimeoutError) -> bool:
    """Tell whether the error means that the database could not be used, and not that a statement was wrong."""
    if isinstance(error, PoolTimeoutError) or error.connection_invalidated:
        return True
    if (code := _sqlite_code(error)) is not None:
        return code not in SQLITE_MISTAKES
    return isinstance(error, OperationalError)


def refuse_clearly(engine: Engine, url: URL) -> None:
    """Give one error for all that keeps us from a connection: no such host, nobody there, wrong password, no file."""

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
        try:
            return dialect.connect(*arguments, **options)
        except TypeError as error:
            raise ConfigurationError(
                f"GUILDBASE_DATABASE_URL: {error}.", hint="Remove the option that the driver does not know."
            ) from error
        except (dialect.loaded_dbapi.Error, OSError) as error:
            raise unavailable(url, error) from error


def give_up_on_silence(engine: Engine, url: URL) -> None:
    """Drop a connection whose server did not answer a statement in time: it may never answer again."""

    @event.listens_for(engine, "handle_error")
    def _timed_out(context: ExceptionContext) -> DatabaseUnavailable | None:
        if not isinstance(context.original_exception, TimeoutError) or context.connection is None:
            return None
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False
        # A polite goodbye would wait for the silent server once more.
        driver: Any = context.connection.connection.driver_connection
        driver.terminate()
        return unavailable(url, context.original_exception, hint=SLOW)


def _sqlite_code(error: DBAPIError) -> int | None:
    """Return SQLite's primary result code; the drivers give the extended one."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
