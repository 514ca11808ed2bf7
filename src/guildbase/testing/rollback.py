"""A database whose commits are undone at the end of a test, so that no test needs a database of its own.

On PostgreSQL everything runs on one connection, inside a transaction that is never committed; what the code
under test commits is a savepoint. On SQLite a copy of the file is quicker than that, so there is none of it there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from guildbase.core.crypto import Keyring
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.connections.engines import ConnectionOptions
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork

TURN_WITHIN = 10.0  # seconds
_HOUR = 3600.0  # seconds
_HELD = (
    f"Another task has kept this test's only connection for {TURN_WITHIN:.0f} s: a transaction that waits for this one,"
    " or the fixture guildbase_session. Use guildbase_database, which has as many connections as you like."
)


class RolledBackDatabase(DatabaseManager):
    """All access to a PostgreSQL database, without leaving anything in it.

    Tasks take turns, because there is only one connection. Inside all this time stands still for the database's
    own `now()`, and other connections see nothing; a test of concurrency needs a database of its own.
    """

    def __init__(self, url: str, *, keyring: Keyring | None = None) -> None:
        # The outer transaction is idle while the test thinks.
        super().__init__(url, ConnectionOptions(idle_timeout=_HOUR), keyring=keyring)
        self._turns = _Turns()
        self._shared: _SharedConnection | None = None
        # The dialect is this engine's own; however the engine connects, it gets the one connection.
        dialect: Any = self.engine.sync_engine.dialect
        dialect.connect = partial(dialect.connect, async_creator_fn=self._share)

    @asynccontextmanager
    async def transaction(self, caller: Caller = SYSTEM) -> AsyncIterator[UnitOfWork]:
        """Work in one savepoint, which is kept until the end of the test."""
        async with self._turns.one(), super().transaction(caller) as work:
            yield work

    @asynccontextmanager
    async def read_session(self, **options: Any) -> AsyncIterator[AsyncSession]:
        """Read what was written so far."""
        async with self._turns.one(), super().read_session(**options) as session:
            yield session

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection for one statement; if it fails, what was written before stays."""
        async with self._turns.one(), self.engine.begin() as connection:
            yield connection

    async def close(self) -> None:
        """Undo everything and close the connection."""
        await super().close()
        shared, self._shared = self._shared, None
        if shared is not None:
            await shared.end()

    async def _share(self, *arguments: Any, **options: Any) -> Any:
        """Connect at the first call; later connections of the pool are the same one."""
        if self._shared is None:
            self._shared = _SharedConnection(await asyncpg.connect(*arguments, **options), self._turns)
            await self._shared.begin()
        return self._shared


class _SharedConnection:
    """One connection for a whole pool: it is in a transaction already, so any other becomes a savepoint in there."""

    def __init__(self, connection: Any, turns: _Turns) -> None:
        self._connection = connection
        self._turns = turns
        self._outer = connection.transaction()
        self._codecs: set[tuple[Any, ...]] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def begin(self) -> None:
        await self._outer.start()

    def transaction(self, **_wishes: Any) -> Any:
        # A savepoint has the isolation of its transaction.
        return self._connection.transaction()

    async def fetchrow(self, *arguments: Any, **options: Any) -> Any:
        # A prebuilt statement comes here past the session, and may fail without harm to what was written before.
        async with self._turns.one(), self._connection.transaction():
            return await self._connection.fetchrow(*arguments, **options)

    async def set_type_codec(self, *names: Any, **options: Any) -> None:
        # Every member of the pool asks for the same.
        if (key := (*names, options.get("schema"))) not in self._codecs:
            self._codecs.add(key)
            await self._connection.set_type_codec(*names, **options)

    async def close(self, **_options: Any) -> None:
        """Stay open for the others."""

    def terminate(self) -> None:
        """Stay open for the others."""

    async def end(self) -> None:
        await self._outer.rollback()
        await self._connection.close()


class _Turns:
    """Lets one task at a time do something, and the same task do it within itself."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None

    def one(self) -> AbstractAsyncContextManager[None]:
        return self._nested() if self._holder is asyncio.current_task() else self._first()

    @asynccontextmanager
    async def _nested(self) -> AsyncIterator[None]:
        yield

    @asynccontextmanager
    async def _first(self) -> AsyncIterator[None]:
        try:
            await asyncio.wait_for(self._lock.acquire(), TURN_WITHIN)
        except TimeoutError:
            raise RuntimeError(_HELD) from None
        self._holder = asyncio.current_task()
        try:
            yield
        finally:
            self._holder = None
            self._lock.release()
