"""Engines, sessions and transactions on PostgreSQL and SQLite; `transaction()` is the only thing that commits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL, Engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from guildbase.core.errors import ConfigurationError, DatabaseUnavailable
from guildbase.core.events import EventBus
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database import soft_delete  # noqa: F401 - importing it installs the filter.
from guildbase.database.unit_of_work import UnitOfWork, WorkSession

DRIVERS = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=10000")
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
        reader = self.engine.execution_options(sqlite_begin="DEFERRED") if self.is_sqlite else self.engine
        self._writers = async_sessionmaker(self.engine, class_=WorkSession, expire_on_commit=False)
        self._readers = async_sessionmaker(reader, class_=AsyncSession, expire_on_commit=False)

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
        with _unavailable(self):
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
        with _unavailable(self):
            async with self._readers() as session:
                yield session

    async def ping(self) -> None:
        """Return when the database answers; raise DatabaseUnavailable when it does not."""
        async with self.read_session() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def parse_url(url: str) -> URL:
    """Return the URL with our asynchronous driver; raise ConfigurationError for what we cannot use."""
    try:
        parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    except ArgumentError:
        raise ConfigurationError(
            "GUILDBASE_DATABASE_URL is no database URL.",
            hint="Write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
        ) from None
    backend = parsed.get_backend_name()
    if backend not in DRIVERS:
        raise ConfigurationError(f"{backend} is not supported.", hint="Use PostgreSQL or SQLite.")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ConfigurationError("A SQLite database in memory would be lost.", hint="Name a file: sqlite:///FILE.")
    return parsed.set(drivername=DRIVERS[backend])


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
    if url.get_backend_name() == "sqlite":
        _prepare_sqlite(engine.sync_engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    """Let writers take their lock at BEGIN: a lock taken later is refused at once or loses updates silently."""

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN " + connection.get_execution_options().get("sqlite_begin", "IMMEDIATE"))


class _unavailable:  # noqa: N801 - it reads as a statement.
    """Turn the drivers' many ways of saying "no connection" into one error with a hint."""

    def __init__(self, manager: DatabaseManager) -> None:
        self._manager = manager

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is not None and is_connection_error(error):
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise DatabaseUnavailable(
                f"The database {self._manager.description} cannot be used: {reason}.",
                hint="Check GUILDBASE_DATABASE_URL and that the server runs.",
            ) from error


def is_connection_error(error: BaseException) -> bool:
    """Tell whether the error means that the database could not be reached or opened."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    if isinstance(error, PoolTimeoutError):
        return True
    # asyncpg lets errors of the connection attempt through as they are.
    return type(error).__module__.startswith("asyncpg.") or isinstance(error, ConnectionError)
