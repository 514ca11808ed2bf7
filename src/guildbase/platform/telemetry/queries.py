"""The statements that read the logs; each goes along an index, however many rows there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.time_ids import first_time_id
from guildbase.database.rows.insert_from import insert_from
from guildbase.database.rows.upsert import insert_for
from guildbase.platform.telemetry.models import AuditDay, AuditEntry, CommandUsage, ErrorEvent

LAST_ROLLED = select(func.max(col(AuditDay.day)))
"""The last day that is counted."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; what is None does not matter."""

    actor_id: int | None = None
    action: str | None = None
    actions: tuple[str, ...] = ()
    """Any of these, instead of one."""
    target_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is too late."""


EVERYTHING = AuditFilter()


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many entries of one action there were on one day."""

    day: date
    action: str
    entries: int


@dataclass(frozen=True, slots=True)
class UsageCount:
    """How often one command was used on one day."""

    day: date
    command: str
    used: int
    failed: int
    """How many of these ended with an error that nobody expected."""


def audited(source: CTE, **values: Any) -> CTE:
    """Return the part of a larger statement that writes the audit row, with these values, for the source's one row.

    Parameters tell what is the same of all: `audit_id`, `action` and `correlation_id`.
    """
    same: dict[str, Any] = {name: bindparam(name) for name in ("audit_id", "action", "correlation_id")}
    return insert_from(AuditEntry, source, **same, **values).cte("audited")


def entries(guild_id: int | None, only: AuditFilter, before: UUID | None, limit: int) -> Select[AuditEntry]:
    """Return the statement for one page, newest first."""
    wanted = {
        "guild_id": guild_id, "actor_id": only.actor_id, "action": only.action, "target_id": only.target_id,
    }  # fmt: skip
    conditions: list[ColumnElement[bool]] = [
        AuditEntry.__table__.c[name] == value for name, value in wanted.items() if value is not None
    ]
    if only.since is not None:
        conditions.append(col(AuditEntry.audit_id) >= first_time_id(only.since))
    ends = [end for end in (before, first_time_id(only.until) if only.until else None) if end is not None]
    conditions += [col(AuditEntry.audit_id) < end for end in ends]
    return select(AuditEntry).where(*conditions).order_by(col(AuditEntry.audit_id).desc()).limit(limit)


def rolled(guild_id: int, since: date, until: date) -> Select[date, str, int]:
    """Return the statement for the counts of days that are over."""
    return select(col(AuditDay.day), col(AuditDay.action), col(AuditDay.entries)).where(
        col(AuditDay.guild_id) == guild_id, col(AuditDay.day).between(since, until)
    )


def live(dialect: str, guild_id: int, since: date, until: date) -> Select[Any]:
    """Return the statement that counts entries that no day's count holds yet."""
    made = func.timezone("UTC", col(AuditEntry.created_at)) if dialect == "postgresql" else col(AuditEntry.created_at)
    day = func.date(made)
    return (
        select(day, col(AuditEntry.action), func.count())
        .where(col(AuditEntry.guild_id) == guild_id, *_within(since, until))
        .group_by(day, col(AuditEntry.action))
    )


def first_since(day: date) -> Select[UUID]:
    """Return the statement for the first entry of the day or after it."""
    return (
        select(col(AuditEntry.audit_id))
        .where(col(AuditEntry.audit_id) >= _begin(day))
        .order_by(col(AuditEntry.audit_id))
        .limit(1)
    )


def roll_up(session: AsyncSession, day: date) -> Any:
    """Return the statement that counts a day; run again it gives the same."""
    counted = (
        select(col(AuditEntry.guild_id), func.date(day.isoformat()), col(AuditEntry.action), func.count())
        .where(col(AuditEntry.guild_id).is_not(None), *_within(day, day))
        .group_by(col(AuditEntry.guild_id), col(AuditEntry.action))
    )
    insert = insert_for(session, AuditDay).from_select(["guild_id", "day", "action", "entries"], counted)
    return insert.on_conflict_do_update(
        index_elements=["guild_id", "day", "action"], set_={"entries": insert.excluded.entries}
    )


def errors(error_id: str | None, guild_id: int | None, before: UUID | None, limit: int) -> Select[ErrorEvent]:
    """Return the statement for one page of errors, newest first."""
    page = select(ErrorEvent).order_by(col(ErrorEvent.event_id).desc()).limit(limit)
    if error_id is not None:
        page = page.where(col(ErrorEvent.error_id) == error_id)
    if guild_id is not None:
        page = page.where(col(ErrorEvent.guild_id) == guild_id)
    return page if before is None else page.where(col(ErrorEvent.event_id) < before)


def usage(guild_id: int | None, since: date, until: date) -> Select[date, str, int, int]:
    """Return the statement for the uses of commands, in one guild or in all together."""
    day, command = col(CommandUsage.day), col(CommandUsage.command)
    used, failed = func.sum(col(CommandUsage.used)), func.sum(col(CommandUsage.failed))
    counted = select(day, command, used, failed).where(day.between(since, until))
    if guild_id is not None:
        counted = counted.where(col(CommandUsage.guild_id) == guild_id)
    return counted.group_by(day, command).order_by(day, command)


def _within(since: date, until: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    key = col(AuditEntry.audit_id)
    return key >= _begin(since), key < _begin(until + timedelta(days=1))


def _begin(day: date) -> UUID:
    return first_time_id(datetime.combine(day, time(), UTC))
