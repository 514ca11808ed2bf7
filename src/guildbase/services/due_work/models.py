"""The one table of everything that is timed: expirations, reminders, trials, retention, digests."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL, cleared, column_info
from guildbase.database.types import (
    JsonDocument,
    Snowflake,
    enum_type,
    optional_snowflake,
    surrogate_key,
    text_field,
)
from guildbase.database.upkeep.retention import Retention, kept_for

MAX_ERROR = 500
FAILED_DAYS = 90

# Word for word the conditions of the indexes: neither database sees otherwise that a query may use them.
PENDING = text("state = 'pending'")
RUNNING = text("state = 'running'")
FAILED = text("state = 'failed'")
OPEN_AND_UNIQUE = text("unique_key IS NOT NULL AND state IN ('pending', 'running')")


class DueState(StrEnum):
    """Where a piece of work stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """Given up; an operator may have it tried again."""
    CANCELLED = "cancelled"


def _index(name: str, *columns: str, where: Any, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, postgresql_where=where, sqlite_where=where)


class DueItem(Base, table=True):
    """One piece of work, from the moment it is scheduled until some days after it was done."""

    __tablename__ = "due_work"  # type: ignore[assignment]
    __table_args__ = (
        _index("ix_due_work_pending", "due_at", "work_id", where=PENDING),
        _index("ix_due_work_running", "lease_until", where=RUNNING),
        _index("ix_due_work_failed", "finished_at", where=FAILED),
        _index("uq_due_work_unique_key", "unique_key", where=OPEN_AND_UNIQUE, unique=True),
        CheckConstraint("attempts >= 0 AND version >= 0", name="counts"),
        {
            "info": kept_for(
                "due_work_retention_days",
                by="finished_at",
                only="state IN ('done', 'cancelled')",
                also=(Retention(FAILED_DAYS, "finished_at", "state = 'failed'"),),
            )
        },
    )

    work_id: int | None = surrogate_key()
    kind: str = text_field(min_length=1, max_length=100, privacy=NOT_PERSONAL)
    guild_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    user_id: Snowflake | None = optional_snowflake(privacy=DELETE_ROW)
    payload: dict[str, Any] = Field(
        default_factory=dict, sa_type=JsonDocument, nullable=False, sa_column_kwargs=column_info(DELETE_ROW)
    )
    """What is to be done. Work about a person who asks to be erased goes with them, done or not."""
    unique_key: str | None = text_field(default=None, min_length=1, max_length=200, privacy=DELETE_ROW)
    """Of the work with the same key, one piece at most is open; a newer one takes its place."""
    state: DueState = Field(default=DueState.PENDING, sa_type=enum_type(DueState, "due_state"))
    due_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    attempts: int = Field(default=0, ge=0)
    version: int = Field(default=0, ge=0)
    """Rises whenever the work is taken, given back or replaced, which fences off whoever had it before."""
    worker: str | None = text_field(default=None, max_length=40, privacy=NOT_PERSONAL)
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    error: str | None = text_field(default=None, max_length=MAX_ERROR, privacy=cleared())
    """What went wrong at the last attempt."""
    created_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When it was done, given up or cancelled; for work that repeats, when it was done last."""
