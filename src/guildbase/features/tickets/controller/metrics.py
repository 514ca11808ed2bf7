"""Figures of a server's tickets, counted by the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, cast, func, select
from sqlalchemy import Date as SqlDate
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.features.tickets.controller.access import require_team
from guildbase.features.tickets.kinds import LIVE
from guildbase.features.tickets.models import Ticket, TicketCategory
from guildbase.services.controller import BaseController

MOST_DAYS = 365
MOST_STAFF = 25


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, in seconds; None where nothing was measured."""

    measured: int = 0
    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The tickets of one category, or of one member of the staff."""

    name: str
    opened: int
    closed: int
    rated: int
    rating: float | None
    """The average, 1 to 5."""
    resolution: float | None
    """Seconds on average."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC)."""

    day: date
    opened: int
    closed: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """What became of the tickets that were opened in the last days."""

    days: int
    opened: int
    closed: int
    open_now: int
    """Of all tickets, however old."""
    rated: int
    rating: float | None
    response: Times
    resolution: Times
    categories: tuple[Group, ...]
    staff: tuple[Group, ...]
    by_day: tuple[Day, ...]
    by_hour: tuple[int, ...]
    """How many were opened in each hour of the day (UTC), from midnight on."""


class MetricsController(BaseController):
    """Reads tickets and writes nothing; what replicas do not know yet may be missing."""

    async def metrics(self, caller: Caller, guild_id: int, *, days: int = 30) -> Metrics:
        """Return the figures of the tickets that were opened in so many days.

        Raises:
            PermissionDenied: the caller is no staff of tickets.
            InvalidInput: these are too many days, or none.
        """
        if not 1 <= days <= MOST_DAYS:
            raise InvalidInput(_("Choose 1 to {most} days.", most=MOST_DAYS))
        since = (utcnow() - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
        async with self.reading(may_lag=True) as session:
            await require_team(session, caller, guild_id)
            opened, closed, rated, rating = (await session.execute(_totals(guild_id, since))).one()
            return Metrics(
                days=days,
                opened=opened,
                closed=closed,
                open_now=(await session.execute(_open_now(guild_id))).scalar_one(),
                rated=rated,
                rating=_float(rating),
                response=await _times(session, guild_id, since, col(Ticket.first_response_at)),
                resolution=await _times(session, guild_id, since, col(Ticket.closed_at)),
                categories=await _groups(session, _by_category(session, guild_id, since)),
                staff=await _groups(session, _by_staff(session, guild_id, since)),
                by_day=await _by_day(session, guild_id, since, days),
                by_hour=await _by_hour(session, guild_id, since),
            )


def _recent(guild_id: int, since: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Ticket.guild_id) == guild_id, col(Ticket.created_at) >= since


def _counts() -> list[Any]:
    return [
        func.count(),
        func.count(col(Ticket.closed_at)),
        func.count(col(Ticket.rating)),
        func.avg(col(Ticket.rating)),
    ]


def _totals(guild_id: int, since: datetime) -> Select[Any]:
    return select(*_counts()).where(*_recent(guild_id, since))


def _open_now(guild_id: int) -> Select[Any]:
    is_open = (col(Ticket.guild_id) == guild_id, col(Ticket.state).in_(LIVE))
    return select(func.count()).select_from(Ticket).where(*is_open)


def _seconds(session: AsyncSession, until: Any) -> Any:
    """Return the seconds from a ticket's opening until then."""
    begun = col(Ticket.created_at)
    if session.get_bind().dialect.name == "sqlite":
        return (func.julianday(until) - func.julianday(begun)) * 86_400.0
    return func.extract("epoch", until - begun)


async def _times(session: AsyncSession, guild_id: int, since: datetime, until: Any) -> Times:
    """Return the median and the 90th of a hundred: those rows of the sorted ones, so that both databases agree."""
    measured = (*_recent(guild_id, since), until.is_not(None))
    seconds = _seconds(session, until)
    row, count = func.row_number().over(order_by=seconds), func.count().over()
    ranked = select(seconds.label("seconds"), row.label("row"), count.label("count")).where(*measured).subquery()
    middle, ninetieth = (ranked.c.count + 1) // 2, (ranked.c.count * 9 + 9) // 10
    picked = select(
        func.max(ranked.c.count),
        func.max(case((ranked.c.row == middle, ranked.c.seconds))),
        func.max(case((ranked.c.row == ninetieth, ranked.c.seconds))),
    )
    found, median, p90 = (await session.execute(picked)).one()
    return Times(found or 0, _float(median), _float(p90))


def _by_category(session: AsyncSession, guild_id: int, since: datetime) -> Select[Any]:
    of_category = (col(TicketCategory.guild_id) == col(Ticket.guild_id)) & (
        col(TicketCategory.number) == col(Ticket.category)
    )
    grouped = select(col(TicketCategory.name), *_counts(), func.avg(_seconds(session, col(Ticket.closed_at))))
    grouped = grouped.join(TicketCategory, of_category).where(*_recent(guild_id, since))
    return grouped.group_by(col(TicketCategory.name)).order_by(func.count().desc(), col(TicketCategory.name))


def _by_staff(session: AsyncSession, guild_id: int, since: datetime) -> Select[Any]:
    name, staff = func.max(col(Ticket.assignee_name)), col(Ticket.assignee_id)
    grouped = select(name, *_counts(), func.avg(_seconds(session, col(Ticket.closed_at))))
    grouped = grouped.where(*_recent(guild_id, since), staff.is_not(None)).group_by(staff)
    return grouped.order_by(func.count().desc(), staff).limit(MOST_STAFF)


async def _groups(session: AsyncSession, grouped: Select[Any]) -> tuple[Group, ...]:
    rows = (await session.execute(grouped)).all()
    return tuple(
        Group(name, opened, closed, rated, _float(rating), _float(resolution))
        for name, opened, closed, rated, rating, resolution in rows
    )


async def _by_day(session: AsyncSession, guild_id: int, since: datetime, days: int) -> tuple[Day, ...]:
    is_sqlite = session.get_bind().dialect.name == "sqlite"

    async def counted(moment: Any) -> dict[date, int]:
        day = func.date(moment) if is_sqlite else cast(func.timezone("UTC", moment), SqlDate)
        in_days = (*_recent(guild_id, since), moment.is_not(None))
        rows = await session.execute(select(day, func.count()).select_from(Ticket).where(*in_days).group_by(day))
        return {found if isinstance(found, date) else date.fromisoformat(found): count for found, count in rows}

    opened, closed = await counted(col(Ticket.created_at)), await counted(col(Ticket.closed_at))
    first = since.date()
    listed = (first + timedelta(days=number) for number in range(days))
    return tuple(Day(day, opened.get(day, 0), closed.get(day, 0)) for day in listed)


async def _by_hour(session: AsyncSession, guild_id: int, since: datetime) -> tuple[int, ...]:
    begun: Any = col(Ticket.created_at)
    if session.get_bind().dialect.name != "sqlite":
        begun = func.timezone("UTC", begun)
    hour = func.extract("hour", begun)
    rows = await session.execute(
        select(hour, func.count()).select_from(Ticket).where(*_recent(guild_id, since)).group_by(hour)
    )
    opened = {int(found): count for found, count in rows}
    return tuple(opened.get(number, 0) for number in range(24))


def _float(value: Any) -> float | None:
    # SQLite counts time in fractions of days.
    return None if value is None else round(float(value), 3)
