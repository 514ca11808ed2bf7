"""Engines, sessions and transactions on PostgreSQL and SQLite; `transaction()` is the only thing that commits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from guildbase.core.errors import ConfigurationError, DatabaseUnavailable
from guildbase.core.events import EventBus
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database import soft_delete  # noqa: F401 - importing it installs the filter.
from guildbase.database.unit_of_work import UnitOfWork, WorkSession

DRIVERS = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000")
POSTGRESQL_SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
CONNECT_TIMEOUT = 10  # seconds
STATEMENT_TIMEOUT = 30  # seconds


class DatabaseManager:
    """All access to one database. Create it once a process and `close()` it at the end."""

    def __init__(self, url: str, *, pool_size: int = 10, events: EventBus[UnitOfWork] | None = None) -> None:
        self.url = parse_url(url)
        self.backend = self.url.get_backend_name()
        self.events: EventBus[UnitOfWork] = events or EventBus()
        self.engine = _engine(self.url, pool_size)
        # On SQLite a reader must not take the writers' lock; the pool stays shared.
        snapshot = {"sqlite_begin": "DEFERRED"} if self.is_sqlite else POSTGRESQL_SNAPSHOT
        readers = self.engine.execution_options(**snapshot)
        self._writers = async_sessionmaker(self.engine, class_=WorkSession, expire_on_commit=False)
        self._readers = async_sessionmaker(readers, class_=WorkSession, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is one SQLite file, which one process alone may write."""
        return self.backend == "sqlite"

    @property
    def description(self) -> str:
        """The database's address without the password."""
        return self.url.render_as_string(hide_password=True)

    @asynccontextmanager
    async def transaction(self, caller: Caller = SYSTEM) -> AsyncIterator[UnitOfWork]:
        """Work in one transaction that commits at the end of the block; an exception rolls everything back.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        with self._unavailable():
            async with self._writers() as session, session.begin():
                work = UnitOfWork(session, caller, self.events)
                yield work
        await work.committed()

    @asynccontextmanager
    async def read_session(self) -> AsyncIterator[AsyncSession]:
        """Read in one snapshot; what is changed in this session is never stored.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        with self._unavailable():
            async with self._readers() as session:
                yield session

    async def ping(self) -> None:
        """Return when the database answers; raise DatabaseUnavailable when it does not."""
        async with self.read_session() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()

    @contextmanager
    def _unavailable(self) -> Iterator[None]:
        """Turn the drivers' many ways of saying "no connection" into one error with a hint."""
        try:
            yield
        except (DBAPIError, PoolTimeoutError) as error:
            if not is_connection_error(error):
                raise
            raise unavailable(self.url, error) from error


def parse_url(url: str) -> URL:
    """Return the URL with our asynchronous driver; raise ConfigurationError for what we cannot use."""
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError):  # The second is what a port that is no number gives.
        raise ConfigurationError(
            "GUILDBASE_DATABASE_URL is no database URL.",
            hint="Write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
        ) from None
    backend = parsed.get_backend_name()
    if backend not in DRIVERS:
        raise ConfigurationError(f"{backend} is not supported.", hint="Use PostgreSQL or SQLite.")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ConfigurationError("A SQLite database in memory would be lost.", hint="Name a file: sqlite:///FILE.")
    if "sslmode" in parsed.query:  # libpq's name, which hosted databases put into their URLs.
        parsed = parsed.update_query_dict({"ssl": parsed.query["sslmode"]}).difference_update_query(["sslmode"])
    return parsed.set(drivername=DRIVERS[backend])


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite database, or None for a server."""
    parsed = parse_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


def _engine(url: URL, pool_size: int) -> AsyncEngine:
    options: dict[str, Any] = {"pool_size": pool_size, "pool_timeout": 10, "hide_parameters": True}
    if url.get_backend_name() == "postgresql":
        options |= {"pool_pre_ping": True, "pool_recycle": 1800}
        options["connect_args"] = {
            "timeout": CONNECT_TIMEOUT,
            "command_timeout": STATEMENT_TIMEOUT,
            "server_settings": {"application_name": "guildbase", "jit": "off"},
        }
    engine = create_async_engine(url, **options)
    refuse_clearly(engine.sync_engine, url)
    if url.get_backend_name() == "sqlite":
        _prepare_sqlite(engine.sync_engine, url)
    return engine


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


def _prepare_sqlite(engine: Engine, url: URL) -> None:
    """Let writers take their lock at BEGIN: a lock taken later is refused at once or loses updates silently."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            for pragma in SQLITE_PRAGMAS:
                cursor.execute(f"PRAGMA {pragma}")
        except engine.dialect.loaded_dbapi.Error as error:  # For one, the file is no database.
            raise unavailable(url, error) from error
        finally:
            cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN " + connection.get_execution_options().get("sqlite_begin", "IMMEDIATE"))


def unavailable(url: URL, error: BaseException) -> DatabaseUnavailable:
    """Return the error to raise when this database cannot be used; it says why in one line, without the password."""
    reason = str(getattr(error, "orig", None) or error).partition("\n")[0] or type(error).__name__
    return DatabaseUnavailable(
        f"The database {url.render_as_string(hide_password=True)} cannot be used: {reason.removesuffix('.')}.",
        hint="Check GUILDBASE_DATABASE_URL and that the server runs.",
    )


def is_connection_error(error: DBAPIError | PoolTimeoutError) -> bool:
    """Tell whether the error means that the database could not be used, and not that a statement was wrong."""
    if isinstance(error, PoolTimeoutError) or error.connection_invalidated:
        return True
    return isinstance(error, OperationalError) or "file is not a database" in str(error.orig)
