"""Base of all controllers: the business logic of a feature and the only writer of its tables."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.core.ports import AuditRecord, AuditSink, Caller
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.container import BotServices


class BaseController:
    """Gives a controller its transactions, its reads and its audit rows."""

    is_controller: ClassVar[bool] = True

    def __init__(self, services: BotServices) -> None:
        self.services = services
        self._database = services.get(DatabaseManager)

    def transaction(self, caller: Caller) -> AbstractAsyncContextManager[UnitOfWork]:
        """Work in one transaction on behalf of the caller; leaving the block commits."""
        return self._database.transaction(caller)

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """Read without changing anything."""
        return self._database.read_session()

    async def audit(self, work: UnitOfWork, record: AuditRecord) -> None:
        """Leave an audit row in the same transaction."""
        await self.services.get(AuditSink).record(work, work.caller, record)
