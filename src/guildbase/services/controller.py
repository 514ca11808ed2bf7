"""Base of all controllers: the business logic of a feature and the only writer of its tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from guildbase.core.ports import AuditRecord, AuditSink, Caller
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.container import BotServices
from guildbase.services.database import DatabaseService
from guildbase.services.live import tell_of_audit
from guildbase.services.pubsub import PubSub

if TYPE_CHECKING:
    from guildbase.services.idempotency import IdempotencyKey

T = TypeVar("T")


class BaseController:
    """Gives a controller its units of work, its reads and its audit rows.

    It is made of the services alone, and asks them by type for what it works with.
    """

    is_controller: ClassVar[bool] = True

    def __init__(self, services: BotServices) -> None:
        self.services = services
        self._database = services.get(DatabaseService)

    def transaction(self, caller: Caller) -> AbstractAsyncContextManager[UnitOfWork]:
        """Work in one transaction on behalf of the caller; for what must not be done again, else `run` is better."""
        return self._database.transaction(caller)

    async def run(self, caller: Caller, action: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Do the action in one transaction on behalf of the caller; it runs again after a deadlock and its like.

        So it does nothing outside the database: events, and what `after_commit` is given, reach the outside once.
        """
        return await self._database.run(action, caller)

    async def once(
        self, caller: Caller, key: IdempotencyKey | None, answer: type[T], action: Callable[[UnitOfWork], Awaitable[T]]
    ) -> T:
        """Do the action like `run`, but only once for each key; a repetition gets the answer of the first time.

        `answer` is the dataclass or model that the action returns. Without a key it is done every time.

        Raises:
            IdempotencyKeyReused: the key belongs to another request of this caller.
            RequestInFlight: the first request of this key is not done yet.
        """
        if key is None:
            return await self.run(caller, action)
        from guildbase.services.idempotency import Idempotency  # Most controllers need neither it nor its table.

        return await self.services.get(Idempotency).answer(caller, key, answer, action)

    def reading(self, *, may_lag: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """Read without changing anything; what `may_lag` is read on a replica, which may not know the last writes."""
        return self._database.read_session(fresh=not may_lag)

    async def audit(self, work: UnitOfWork, record: AuditRecord) -> None:
        """Leave an audit row in the same transaction; open pages are told once it is committed."""
        await self.services.get(AuditSink).record(work, work.caller, record)
        work.after_commit(partial(tell_of_audit, self.services.get(PubSub), record))
