"""The audit log: written in the transaction of each change, read in pages and as counts by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import PermissionDenied
from guildbase.core.events import Event
from guildbase.core.i18n import _
from guildbase.core.logging import current_correlation_id
from guildbase.core.ports import AuditRecord, AuditSink, Caller
from guildbase.core.time_ids import time_of
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.telemetry import queries, rules
from guildbase.platform.telemetry.models import AuditDay, AuditEntry
from guildbase.platform.telemetry.queries import EVERYTHING, AuditFilter, DayCount
from guildbase.services.controller import BaseController


class AuditController(BaseController):
    """The audit sink of the platform."""

    async def record(self, transaction: UnitOfWork, caller: Caller, record: AuditRecord) -> None:
        """Add one audit row; it is stored if and only if the transaction commits."""
        transaction.session.add(
            AuditEntry(
                guild_id=record.guild_id,
                actor_id=caller.user_id,
                actor_name=caller.name[:100],
                action=record.action,
                target_type=record.target_type,
                target_id=record.target_id,
                reason=record.reason,
                details=dict(record.details),
                correlation_id=current_correlation_id(),
            )
        )

    def is_all_there_is(self, event: type[Event]) -> bool:
        """Tell whether nobody else has a say in a transaction that announces this and leaves an audit row.

        Then one statement of PostgreSQL, with `queries.audited` in it, can be the whole transaction.
        """
        has_usual_audit = type(self.services.get(AuditSink)) is AuditController
        is_overheard = self._database.events.is_heard_inside(event)
        return has_usual_audit and not is_overheard and not self._database.is_sqlite

    async def entries(
        self,
        caller: Caller,
        guild_id: int | None,
        only: AuditFilter = EVERYTHING,
        *,
        before: UUID | None = None,
        limit: int = 50,
    ) -> Sequence[AuditEntry]:
        """Return a page of entries, newest first: of a guild, or of all guilds and none for None.

        `before` is the `audit_id` of the last entry of the page before.

        Raises:
            PermissionDenied: the caller may not read this guild's log.
            InvalidInput: the limit is out of range.
        """
        self.require_reader(caller, guild_id)
        rules.checked_limit(limit)
        # Each action is read along the index of actions: in one statement, a rare one would have all rows read.
        each = [replace(only, action=action) for action in only.actions] or [only]
        found: list[AuditEntry] = []
        async with self.reading(may_lag=True) as session:
            for one in each:
                found += (await session.execute(queries.entries(guild_id, one, before, limit))).scalars()
        return sorted(found, key=lambda entry: entry.audit_id, reverse=True)[:limit]

    async def stats(self, caller: Caller, guild_id: int, since: date, until: date) -> list[DayCount]:
        """Return how many entries the guild has of each action on each day (UTC), both days included.

        Days that are over come from counts that housekeeping made; the rest is counted now.

        Raises:
            PermissionDenied: the caller may not read this guild's log.
        """
        self.require_reader(caller, guild_id)
        async with self.reading(may_lag=True) as session:
            rolled = await self._last_rolled(session)
            first_live = since if rolled is None else max(since, rolled + timedelta(days=1))
            counted = Counter(await self._live(session, guild_id, first_live, until))
            for day, action, entries in await session.execute(queries.rolled(guild_id, since, until)):
                counted[day, action] += entries
        return [DayCount(day, action, entries) for (day, action), entries in sorted(counted.items())]

    async def roll_up(self, now: datetime | None = None) -> int:
        """Count the entries of each day that is over, so that nobody needs to count them again; returns the days."""
        last = rules.last_closed_day(now or utcnow())
        async with self.reading(may_lag=True) as session:
            rolled = await self._last_rolled(session)
        if rolled is not None and rolled > last:
            # It was counted by a clock that was ahead, and the day went on.
            async with self.transaction(rules.KEEPER) as work:
                await work.session.execute(delete(AuditDay).where(col(AuditDay.day) > last))
                rolled = (await work.session.execute(queries.LAST_ROLLED)).scalar()
        begin, days = rolled + timedelta(days=1) if rolled else date.min.replace(year=1970), 0
        while (day := await self._first_day_since(begin)) is not None and day <= last:
            async with self.transaction(rules.KEEPER) as work:
                await work.session.execute(queries.roll_up(work.session, day))
            begin, days = day + timedelta(days=1), days + 1
        return days

    async def _last_rolled(self, session: AsyncSession) -> date | None:
        return (await session.execute(queries.LAST_ROLLED)).scalar()

    async def _live(
        self, session: AsyncSession, guild_id: int, since: date, until: date
    ) -> dict[tuple[date, str], int]:
        if since > until:
            return {}
        dialect = session.get_bind().dialect.name
        found = await session.execute(queries.live(dialect, guild_id, since, until))
        return {(_as_date(day), action): entries for day, action, entries in found}

    async def _first_day_since(self, day: date) -> date | None:
        async with self.reading(may_lag=True) as session:
            found = (await session.execute(queries.first_since(day))).scalar()
        return time_of(found).date() if found else None

    def require_reader(self, caller: Caller, guild_id: int | None) -> None:
        """Return if the caller may read the guild's log; raise PermissionDenied if not."""
        if not rules.may_read_audit(caller, guild_id):
            raise PermissionDenied(
                _("You may not read this audit log."), hint=_("It takes View Audit Log or permission level 5.")
            )


def _as_date(day: date | str) -> date:
    """Return the day, which SQLite gives as text."""
    return date.fromisoformat(day) if isinstance(day, str) else day
