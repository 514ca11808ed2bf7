"""One transaction: the session, who acts in it, and what is to happen once it is committed."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from guildbase.core.events import Event, EventBus
from guildbase.core.ports import Caller
from guildbase.database.connections.sessions import WorkSession
from guildbase.database.rows.stamps import ACTOR

log = structlog.get_logger(__name__)


class UnitOfWork:
    """What a controller works with inside one transaction."""

    def __init__(self, session: WorkSession, caller: Caller, events: EventBus[UnitOfWork]) -> None:
        self.session = session
        self.caller = caller
        self._bus = events
        self._events: list[Event] = []
        self._after_commit: list[Callable[[], None]] = []
        session.info[ACTOR] = caller.user_id

    async def announce(self, event: Event) -> None:
        """Tell the handlers inside this transaction now, and those after commit later."""
        await self._bus.announce(event, self)
        self._events.append(event)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Run a quick action (wake a worker, drop a cache entry) once the transaction is committed."""
        self._after_commit.append(action)

    async def committed(self) -> None:
        """Run what was kept for after the commit; called by the DatabaseManager alone."""
        for action in self._after_commit:
            try:
                action()
            except Exception:  # The rows are stored, so the caller must not hear of a failure.
                log.exception("after_commit_failed")
        await self._bus.committed(self._events)
