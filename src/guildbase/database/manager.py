"""Sessions and transactions on PostgreSQL and SQLite; `transaction()` is the only thing that commits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.pool import QueuePool

from guildbase.core.crypto import Keyring
from guildbase.core.errors import ConfigurationError, DatabaseUnavailable
from guildbase.core.events import EventBus
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.settings import Settings
from guildbase.database.connections.address import parse_url
from guildbase.database.connections.engines import ConnectionOptions, async_engine
from guildbase.database.connections.failures import ConnectionLost, told_clearly
from guildbase.database.connections.retry import Repeater
from guildbase.database.connections.sessions import ReadSession, WorkSession
from guildbase.database.connections.write_queue import WriteQueue
from guildbase.database.rows import soft_delete  # noqa: F401 - importing it installs the filter.
from guildbase.database.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from guildbase.database.connections.blocking import BlockingDatabase
    from guildbase.database.connections.replicas import Replicas

SQLITE_SNAPSHOT: dict[str, Any] = {"sqlite_begin": "DEFERRED"}  # A reader must not take the writers' lock.
POSTGRESQL_SNAPSHOT: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
PING_TIMEOUT = 2.0  # seconds

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Health:
    """How the database does: seconds to answer, connections in use, repeated transactions, lag of each replica."""

    latency: float
    connections: int
    max_connections: int
    repeats: int
    replica_lags: dict[str, float | None]


class DatabaseManager:
    """All access to one database. Create it once a process and `close()` it at the end."""

    def __init__(
        self,
        url: str,
        options: ConnectionOptions = ConnectionOptions(),  # noqa: B008 - it is immutable.
        *,
        events: EventBus[UnitOfWork] | None = None,
        keyring: Keyring | None = None,
    ) -> None:
        self.url = parse_url(url)
        self.options = options
        self.backend = self.url.get_backend_name()
        self.events: EventBus[UnitOfWork] = events or EventBus()
        self.repeater = Repeater()
        self.engine = async_engine(self.url, options)
        self._snapshot = SQLITE_SNAPSHOT if self.is_sqlite else POSTGRESQL_SNAPSHOT
        self._turn: Callable[[], AbstractAsyncContextManager[None]] = (
            WriteQueue(options.lock_timeout).turn if self.is_sqlite else nullcontext
        )
        self._alone = self._autocommitting()
        self.keyring = keyring or Keyring()
        readers = self.engine.execution_options(**self._snapshot)
        common: dict[str, Any] = {"expire_on_commit": False, "info": {"keyring": self.keyring}}
        self._writers = async_sessionmaker(self.engine, class_=WorkSession, **common)
        self._readers = async_sessionmaker(readers, class_=ReadSession, **common)
        self._replicas = self._opened_replicas() if options.replica_urls else None

    @classmethod
    def from_settings(
        cls, settings: Settings, *, events: EventBus[UnitOfWork] | None = None, statement_timeout: float | None = None
    ) -> DatabaseManager:
        """Return the manager of the operator's database; a command with long statements gives its own time-out."""
        options = ConnectionOptions(
            pool_size=settings.database_pool_size,
            pool_overflow=settings.database_pool_overflow,
            pool_timeout=settings.database_pool_timeout,
            statement_timeout=statement_timeout or settings.database_statement_timeout,
            lock_timeout=settings.database_lock_timeout,
            is_behind_pgbouncer=settings.database_pgbouncer,
            replica_urls=tuple(url.get_secret_value() for url in settings.database_replica_urls),
            replica_max_lag=settings.database_replica_max_lag,
        )
        return cls(settings.database_url, options, events=events, keyring=settings.keyring())

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is one SQLite file, which one process alone may write."""
        return self.backend == "sqlite"

    @property
    def description(self) -> str:
        """The database's address without the password."""
        return self.url.render_as_string(hide_password=True)

    @property
    def connections(self) -> int:
        """How many connections are in use now."""
        return cast("QueuePool", self.engine.pool).checkedout()

    @cached_property
    def blocking(self) -> BlockingDatabase:
        """The same database for scripts that await nothing; its driver is loaded at the first use."""
        from guildbase.database.connections.blocking import BlockingDatabase

        return BlockingDatabase(self.url, self.options, self._snapshot, self.keyring)

    @property
    def sync_engine(self) -> Engine:
        """The blocking engine of scripts."""
        return self.blocking.engine

    @asynccontextmanager
    async def transaction(self, caller: Caller = SYSTEM) -> AsyncIterator[UnitOfWork]:
        """Work in one transaction that commits at the end of the block; an exception rolls everything back.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        with told_clearly(self.url):
            async with self._turn(), self._writers() as session, session.begin():
                work = UnitOfWork(session, caller, self.events)
                yield work
        await work.committed()

    async def run(self, action: Callable[[UnitOfWork], Awaitable[T]], caller: Caller = SYSTEM) -> T:
        """Do the action in one transaction and return what it returns.

        After a deadlock, a serialization failure or a connection lost before the commit it is done again, so the action
        must do nothing outside the database; `announce` and `after_commit` reach the outside once, after the commit.

        Raises:
            DatabaseUnavailable: the database cannot be reached, or was in the way too often.
        """

        async def attempt() -> T:
            async with self.transaction(caller) as work:
                return await action(work)

        return await self.repeater.run(attempt)

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for one statement that commits by itself; the quickest way to run one.

        Raises:
            DatabaseUnavailable: the database cannot be reached, or went away, and nobody knows what is stored.
        """
        try:
            with told_clearly(self.url):
                opened = self.engine.begin() if self._alone is None else self._alone.connect()
                async with opened as connection:
                    yield connection
        except ConnectionLost as lost:  # Nothing was sent after the statement, so this one may be stored.
            raise DatabaseUnavailable(lost.message, hint=lost.hint) from lost

    @asynccontextmanager
    async def read_session(self, *, fresh: bool = False) -> AsyncIterator[AsyncSession]:
        """Read in one snapshot, on a replica if there is one; `fresh` reads the primary, and so one's own writes.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
            RuntimeError: the session was asked to write.
        """
        with told_clearly(self.url):
            if self._replicas is None or fresh:
                async with self._readers() as session:
                    yield session
                return
            async with self._replicas.connect() as connection:
                bound = {} if connection is None else {"bind": connection}
                async with self._readers(**bound) as session:
                    yield session

    async def ping(self) -> None:
        """Return when the database answers; raise DatabaseUnavailable when it does not within two seconds."""
        try:
            async with asyncio.timeout(PING_TIMEOUT), self.read_session(fresh=True) as session:
                await session.execute(text("SELECT 1"))
        except TimeoutError:
            raise DatabaseUnavailable(
                f"The database {self.description} did not answer in time.",
                hint="Check the server's load, and GUILDBASE_DATABASE_POOL_SIZE.",
            ) from None

    async def health(self) -> Health:
        """Measure how the database does; raise DatabaseUnavailable when it does not answer."""
        start = time.perf_counter()
        await self.ping()
        latency = time.perf_counter() - start
        return Health(
            latency=latency,
            connections=self.connections,
            max_connections=self.options.pool_size + self.options.pool_overflow,
            repeats=self.repeater.repeats,
            replica_lags=await self._replica_lags(),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()
        if self._replicas is not None:
            await self._replicas.close()
        if "blocking" in self.__dict__:
            self.blocking.close()

    async def _replica_lags(self) -> dict[str, float | None]:
        if self._replicas is None:
            return {}
        await self._replicas.check()
        return {replica.url.render_as_string(hide_password=True): replica.lag for replica in self._replicas.all}

    def _autocommitting(self) -> AsyncEngine | None:
        """Return the engine without transactions, or None for PgBouncer, which cannot be used so."""
        if self.options.is_behind_pgbouncer:
            return None
        if self.is_sqlite:  # There SQLAlchemy's own option costs a round trip; to send no BEGIN does the same.
            return self.engine.execution_options(sqlite_begin=None)
        return self.engine.execution_options(isolation_level="AUTOCOMMIT")

    def _opened_replicas(self) -> Replicas:
        if self.is_sqlite:
            raise ConfigurationError(
                "GUILDBASE_DATABASE_REPLICA_URLS is for PostgreSQL alone.",
                hint="Empty it, or name a PostgreSQL server in GUILDBASE_DATABASE_URL.",
            )
        from guildbase.database.connections.replicas import Replica, Replicas

        replicas = []
        for url in map(parse_url, self.options.replica_urls):
            engine = async_engine(url, self.options).execution_options(**self._snapshot)
            replicas.append(Replica(url, engine))
        return Replicas(self.engine, replicas, self.options.replica_max_lag)
