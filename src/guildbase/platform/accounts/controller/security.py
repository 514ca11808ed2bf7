"""What matters to security: written once, searched and taken out by the operator, and changed by nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from guildbase.core.addresses import network_of
from guildbase.core.errors import PermissionDenied, RateLimited
from guildbase.core.i18n import _
from guildbase.core.logging import current_correlation_id
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.time_ids import first_time_id
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.accounts.models import MAX_ADDRESS, SecurityEvent
from guildbase.services.controller import BaseController
from guildbase.services.rate_limits import STRANGERS_EVENTS, RateLimits

log = structlog.get_logger(__name__)

MAX_ROUTE = 200
MAX_DETAIL = 200
PAGE = 500
"""Events that an export reads at a time."""
MOST_EXPORTED = 100_000


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted; what is None does not matter."""

    kind: str | None = None
    user_id: int | None = None
    guild_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


class SecurityController(BaseController):
    """Keeps the security events."""

    async def note(
        self,
        kind: str,
        caller: Caller | None = None,
        *,
        route: str = "",
        guild_id: int | None = None,
        address: str = "",
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Store an event in a transaction of its own; it never fails, since what it tells of has happened already.

        Of what strangers do from one address only so many a minute are stored: nobody fills the table.
        """
        event = SecurityEvent(
            kind=kind,
            user_id=caller.user_id if caller else None,
            key_id=caller.key_id if caller else None,
            guild_id=guild_id,
            address=address[:MAX_ADDRESS] or None,
            route=route[:MAX_ROUTE],
            details={name: _storable(text) for name, text in (details or {}).items()},
            correlation_id=current_correlation_id(),
        )

        async def store(work: UnitOfWork) -> None:
            work.session.add(event)

        try:
            if caller is None and address:
                await self.services.get(RateLimits).hit(STRANGERS_EVENTS, network_of(address))
            await self.run(SYSTEM, store)
        except RateLimited:
            log.debug("security_event_skipped", kind=kind, route=route)
        except Exception:
            log.exception("security_event_lost", kind=kind, route=route)

    async def page(
        self, caller: Caller, only: EventFilter, *, before: UUID | None = None, limit: int = 50
    ) -> Sequence[SecurityEvent]:
        """Return a page of events, the newest first; `before` is the last one of the page before.

        Raises:
            PermissionDenied: the caller does not look after the installation.
        """
        _require_operator(caller)
        async with self.reading(may_lag=True) as session:
            wanted = _wanted(only, before).limit(limit)
            return list((await session.execute(wanted)).scalars())

    async def export(self, caller: Caller, only: EventFilter) -> AsyncIterator[SecurityEvent]:
        """Yield the events, the newest first, up to a hundred thousand.

        Raises:
            PermissionDenied: the caller does not look after the installation.
        """
        _require_operator(caller)
        before: UUID | None = None
        for _page in range(MOST_EXPORTED // PAGE):
            events = await self.page(caller, only, before=before, limit=PAGE)
            for event in events:
                yield event
            if len(events) < PAGE:
                return
            before = events[-1].event_id


def _wanted(only: EventFilter, before: UUID | None) -> SelectOfScalar[SecurityEvent]:
    event = SecurityEvent
    wanted = select(event).order_by(col(event.event_id).desc())
    for column, value in ((event.kind, only.kind), (event.user_id, only.user_id), (event.guild_id, only.guild_id)):
        if value is not None:
            wanted = wanted.where(col(column) == value)
    if only.since is not None:
        wanted = wanted.where(col(event.event_id) >= first_time_id(only.since))
    if only.until is not None:
        wanted = wanted.where(col(event.event_id) < first_time_id(only.until))
    return wanted if before is None else wanted.where(col(event.event_id) < before)


def _storable(text: str) -> str:
    return "".join(it for it in text.encode(errors="replace").decode() if it.isprintable())[:MAX_DETAIL]


def _require_operator(caller: Caller) -> None:
    if not caller.is_operator:
        raise PermissionDenied(_("Only the bot's owners may see this."))
