"""Errors that nobody expected, those of one place together, and which of them somebody has looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, cast, func, select
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound
from guildbase.core.i18n import _
from guildbase.core.ports import AuditRecord, Caller
from guildbase.core.time_ids import first_time_id
from guildbase.database.rows.upsert import insert_for
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.operations import rules
from guildbase.platform.operations.models import ErrorSeen
from guildbase.platform.telemetry.models import ErrorEvent
from guildbase.services.controller import BaseController

MOST_GROUPS = 100


@dataclass(frozen=True, slots=True)
class Where:
    """What errors of one group have in common."""

    kind: str
    place: str
    error_type: str


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """The errors of one kind in one place."""

    where: Where
    count: int
    first_at: datetime
    last_at: datetime
    message: str
    """That of the last."""
    seen_at: datetime | None
    seen_by_name: str | None

    @property
    def is_new(self) -> bool:
        """Whether it came since somebody looked."""
        return rules.is_new(self.last_at, self.seen_at)


class ErrorGroups(BaseController):
    """Reads the errors that the telemetry keeps; the one writer of what was seen of them."""

    async def groups(self, caller: Caller, days: int) -> list[ErrorGroup]:
        """Return the groups of the last days, the latest first.

        Raises:
            PermissionDenied: the caller is not the operator.
        """
        rules.require_operator(caller)
        names = (col(ErrorEvent.kind), col(ErrorEvent.place), col(ErrorEvent.error_type))
        last_at = func.max(col(ErrorEvent.last_at))
        # As text an id sorts as it does itself, and both databases know the greatest text.
        latest = func.max(cast(col(ErrorEvent.event_id), String))
        counted = (
            select(*names, func.sum(col(ErrorEvent.count)), func.min(col(ErrorEvent.created_at)), last_at, latest)
            .where(col(ErrorEvent.event_id) >= first_time_id(utcnow() - timedelta(days=days)))
            .group_by(*names)
            .order_by(last_at.desc())
            .limit(MOST_GROUPS)
        )
        async with self.reading(may_lag=True) as session:
            found = (await session.execute(counted)).all()
            ids = [UUID(row[-1]) for row in found]
            told = select(col(ErrorEvent.event_id), col(ErrorEvent.message)).where(col(ErrorEvent.event_id).in_(ids))
            messages = {row[0]: row[1] for row in await session.execute(told)}
            marks = (await session.execute(select(ErrorSeen))).scalars().all()
        seen = {Where(it.kind, it.place, it.error_type): it for it in marks}
        return [
            _group(Where(*row[:3]), row[3:6], messages[event_id], seen.get(Where(*row[:3])))
            for event_id, row in zip(ids, found, strict=True)
        ]

    async def events(
        self, caller: Caller, where: Where, *, before: UUID | None = None, limit: int = 20
    ) -> Sequence[ErrorEvent]:
        """Return the errors of a group with their stacks, newest first.

        Raises:
            PermissionDenied: the caller is not the operator.
        """
        rules.require_operator(caller)
        page = _latest(where).limit(limit)
        if before is not None:
            page = page.where(col(ErrorEvent.event_id) < before)
        async with self.reading(may_lag=True) as session:
            return (await session.execute(page)).scalars().all()

    async def find(self, caller: Caller, error_id: str) -> Sequence[ErrorEvent]:
        """Return the errors with the id that somebody was told.

        Raises:
            PermissionDenied: the caller is not the operator.
        """
        rules.require_operator(caller)
        told = select(ErrorEvent).where(col(ErrorEvent.error_id) == error_id).limit(20)
        async with self.reading(may_lag=True) as session:
            return (await session.execute(told)).scalars().all()

    async def mark_seen(self, caller: Caller, where: Where) -> None:
        """Remember that the operator has looked at the group.

        Raises:
            PermissionDenied: the caller is not the operator.
            NotFound: there are no such errors.
        """
        if not await self.events(caller, where, limit=1):
            raise NotFound(_("There are no such errors any more."))
        names = {"kind": where.kind, "place": where.place, "error_type": where.error_type}
        mark = {"seen_at": utcnow(), "seen_by": caller.user_id, "seen_by_name": caller.name[:100]}

        async def store(work: UnitOfWork) -> None:
            row = insert_for(work.session, ErrorSeen).values(**names, **mark)
            await work.session.execute(row.on_conflict_do_update(index_elements=list(names), set_=mark))
            await self.audit(work, AuditRecord("operations.error_seen", details=names))

        await self.run(caller, store)


def _latest(where: Where) -> Select[ErrorEvent]:
    same = (
        col(ErrorEvent.kind) == where.kind,
        col(ErrorEvent.place) == where.place,
        col(ErrorEvent.error_type) == where.error_type,
    )
    return select(ErrorEvent).where(*same).order_by(col(ErrorEvent.event_id).desc())


def _group(where: Where, figures: Sequence[Any], message: str, mark: ErrorSeen | None) -> ErrorGroup:
    count, first_at, last_at = figures
    seen_at, seen_by = (mark.seen_at, mark.seen_by_name) if mark is not None else (None, None)
    return ErrorGroup(where, int(count), first_at, last_at, message, seen_at, seen_by)
