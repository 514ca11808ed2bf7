"""The error sink: keeps what nobody expected, in the background and never more than the database can bear."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from guildbase.core.clock import utcnow
from guildbase.core.errors import PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.logging import new_correlation_id
from guildbase.core.ports import Caller, ErrorReport
from guildbase.database.rows.upsert import insert_for
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.telemetry import queries, rules
from guildbase.platform.telemetry.models import ErrorEvent
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController

log = structlog.get_logger(__name__)

SAME_WITHIN = 60.0
"""Seconds within which the same error is counted and not stored anew."""
MOST = 100
"""Different errors that are kept within that time; the log has the others."""
GATHER = 2.0
"""Seconds between two writes of a count that goes on growing."""
LAST_WRITE_WITHIN = 3.0  # seconds at the stop of the process


@dataclass(slots=True)
class _Seen:
    """An error of the last minute."""

    values: dict[str, Any]
    since: float
    last_at: datetime
    count: int = 0
    stored: int = 0


class ErrorController(BaseController):
    """The error sink of the platform."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._seen: dict[rules.Fingerprint, _Seen] = {}
        self._writer: asyncio.Task[None] | None = None

    def report(self, error: BaseException, what: ErrorReport) -> str:
        """Have the error stored soon, without waiting; return the id to tell people.

        Who meets the same error within a minute is told the same id.
        """
        now = time.monotonic()
        self._forget(now)
        mark = rules.fingerprint(error, what)
        seen = self._seen.get(mark)
        if seen is None:
            if len(self._seen) >= MOST:
                log.warning("error_not_kept", reason="There are too many different ones.")
                return what.error_id or new_correlation_id()
            seen = self._seen[mark] = _Seen(rules.described(error, what), now, utcnow())
        seen.count += 1
        seen.last_at = utcnow()
        self._start_writer()
        return what.error_id or str(seen.values["error_id"])

    async def flush(self) -> None:
        """Store what is not stored yet."""
        for seen in [seen for seen in self._seen.values() if seen.stored < seen.count]:
            await self._store(seen)

    async def close(self) -> None:
        """Store the rest, if the database takes it at once."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        try:
            async with asyncio.timeout(LAST_WRITE_WITHIN):
                await self.flush()
        except TimeoutError:
            log.warning("error_not_stored", reason="The database does not answer.")

    async def errors(
        self,
        caller: Caller,
        *,
        error_id: str | None = None,
        guild_id: int | None = None,
        before: UUID | None = None,
        limit: int = 50,
    ) -> Sequence[ErrorEvent]:
        """Return a page of errors, newest first; tracebacks are for the operator alone.

        Raises:
            PermissionDenied: the caller is not the platform itself.
            InvalidInput: the limit is out of range.
        """
        if not caller.is_system:
            raise PermissionDenied(_("Only the operator may read the errors."))
        page = queries.errors(error_id, guild_id, before, rules.checked_limit(limit))
        async with self.reading(may_lag=True) as session:
            return (await session.execute(page)).scalars().all()

    def _forget(self, now: float) -> None:
        old = [
            mark for mark, seen in self._seen.items() if now - seen.since > SAME_WITHIN and seen.stored == seen.count
        ]
        for mark in old:
            del self._seen[mark]

    def _start_writer(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # Without a loop there is nothing to hold up; the next report or the end stores it.
        if self._writer is None or self._writer.done():
            self._writer = loop.create_task(self._write(), name="error-writer")

    async def _write(self) -> None:
        while any(seen.stored < seen.count for seen in self._seen.values()):
            await self.flush()
            await asyncio.sleep(GATHER)

    async def _store(self, seen: _Seen) -> None:
        count = seen.count

        async def store(work: UnitOfWork) -> None:
            row = insert_for(work.session, ErrorEvent).values(**seen.values, count=count, last_at=seen.last_at)
            changed = {"count": row.excluded.count, "last_at": row.excluded.last_at}
            await work.session.execute(row.on_conflict_do_update(index_elements=["event_id"], set_=changed))

        try:
            await self.run(rules.KEEPER, store)
        except Exception as failure:
            # The log has the error itself, and a store that fails must not become a flood of its own.
            log.warning("error_not_stored", error_id=seen.values["error_id"], reason=type(failure).__name__)
        seen.stored = count
