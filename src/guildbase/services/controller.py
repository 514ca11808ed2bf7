"""Base of all controllers: the business logic of a feature and the only writer of its tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.core.ports import AuditRecord, AuditSink, Caller
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.container import BotServices

T = TypeVar("T")


class BaseController:
    """Gives a controller its transactions, its reads and its audit rows."""

    is_controller: ClassVar[bool] = True

    def __init__(self, services: BotServices) -> None:
        self.services = services
        self._database = services.get(DatabaseManager)

    def transaction(self, caller: Caller) -> AbstractAsyncContextManager[UnitOfWork]:
        """Work in one transaction on behalf of the caller; leaving the block commits."""
        return self._database.transaction(caller)

    async def run(self, caller: Caller, action: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Do the action in one transaction on behalf of the caller; it runs again after a deadlock and its like."""
        return await self._database.run(action, caller)

    def reading(self, *, may_lag: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """Read without changing anything; what `may_lag` is read on a replica, which may not know the last writes."""
        return self._database.read_session(fresh=not may_lag)

    async def audit(self, work: UnitOfWork, record: AuditRecord) -> None:
        """Leave an audit row in the same transaction."""
        await self.services.get(AuditSink).record(work, work.caller, record)
