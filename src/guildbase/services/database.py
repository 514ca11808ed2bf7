"""What controllers see of the database: units of work, reads, and nothing of connections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from guildbase.core.events import EventBus
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.unit_of_work import UnitOfWork

T = TypeVar("T")


class DatabaseService(Protocol):
    """The database as business logic uses it; `DatabaseManager` is one."""

    events: EventBus[UnitOfWork]

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is one SQLite file, which one process alone may write."""
        ...

    async def run(self, action: Callable[[UnitOfWork], Awaitable[T]], caller: Caller = SYSTEM) -> T:
        """Do the action in one transaction, and again after a deadlock and its like; return what it returns."""
        ...

    def transaction(self, caller: Caller = SYSTEM) -> AbstractAsyncContextManager[UnitOfWork]:
        """Work in one transaction that commits at the end of the block; an exception rolls everything back."""
        ...

    def statement(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a connection for one statement that commits by itself."""
        ...

    def read_session(self, *, fresh: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """Read in one snapshot, on a replica if there is one; `fresh` reads one's own writes."""
        ...
