"""The shapes of the audit log in the API. Ids are text, because JavaScript would round them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from guildbase.core.validators import Cursor, UserId
from guildbase.platform.telemetry.models import AuditEntry

if TYPE_CHECKING:
    from guildbase.platform.telemetry.queries import DayCount

ACTION = r"^[a-z0-9_.]{1,80}$"
MOST_ACTIONS = 20


class AuditFormat(StrEnum):
    """How an export is written."""

    CSV = "csv"
    JSON = "json"


class AuditQuery(BaseModel):
    """Which entries are wanted; what is left out does not matter."""

    model_config = ConfigDict(extra="forbid")

    action: list[Annotated[str, Field(pattern=ACTION, examples=["moderation.warn"])]] = Field(
        default=[], max_length=MOST_ACTIONS, description="Any of these."
    )
    actor: UserId | None = Field(default=None, description="Who did it.")
    target: UserId | None = Field(default=None, description="Whom or what it was done to.")
    since: AwareDatetime | None = None
    until: AwareDatetime | None = Field(default=None, description="The first moment that is too late.")


class AuditPageQuery(AuditQuery):
    """Which page of which entries is wanted."""

    after: UUID | None = Field(default=None, description="The `next_after` of the page before.")
    limit: int = Field(default=50, ge=1, le=100)


class AuditExportQuery(AuditQuery):
    """Which entries to write down, and how."""

    format: AuditFormat = AuditFormat.CSV


class AuditOut(BaseModel):
    """One change, who made it and why."""

    id: UUID
    action: str = Field(examples=["moderation.warn"])
    actor_id: str | None
    actor_name: str
    target_type: str = Field(examples=["user"])
    target_id: str | None
    reason: str
    details: dict[str, Any] = Field(description="What else is known, by action.")
    correlation_id: str | None = Field(description="Ties it to log lines and errors.")
    created_at: datetime

    @classmethod
    def of(cls, row: AuditEntry) -> AuditOut:
        """Return the shape of the entry."""
        return cls(
            id=row.audit_id,
            action=row.action,
            actor_id=None if row.actor_id is None else str(row.actor_id),
            actor_name=row.actor_name,
            target_type=row.target_type,
            target_id=None if row.target_id is None else str(row.target_id),
            reason=row.reason,
            details=row.details,
            correlation_id=row.correlation_id,
            created_at=row.created_at,
        )


class AuditPage(BaseModel):
    """Entries, newest first."""

    entries: list[AuditOut]
    next_after: Cursor | None = Field(description="Send it as `after` for the next page; null on the last one.")


class AuditDayOut(BaseModel):
    """How many entries of one action there were on one day."""

    day: date
    action: str
    entries: int

    @classmethod
    def of(cls, count: DayCount) -> AuditDayOut:
        """Return the shape of the count."""
        return cls(day=count.day, action=count.action, entries=count.entries)


class AuditStats(BaseModel):
    """Entries by day (UTC) and action."""

    days: list[AuditDayOut]
