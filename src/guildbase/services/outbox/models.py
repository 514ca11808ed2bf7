"""The table of promised effects: what is to happen on Discord and is not forgotten until it has."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import Index, SmallInteger, Table, text
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.mixins import TimestampMixin
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL, cleared, column_info
from guildbase.database.types import (
    JsonDocument,
    Snowflake,
    enum_type,
    optional_snowflake,
    surrogate_key,
    text_field,
)
from guildbase.database.upkeep.retention import kept_for

MAX_ERROR = 500
WAITING = text("state IN ('pending', 'running')")
"""Word for word the condition of the indexes: SQLite does not see otherwise that a query may use them."""


class EffectState(StrEnum):
    """Where a promised effect stands."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Priority(IntEnum):
    """Whose turn it is when more is due than Discord lets us send; the lowest goes first."""

    MODERATION = 0
    NORMAL = 5
    BULK = 9


def _waiting(name: str, *columns: str) -> Index:
    return Index(name, *columns, postgresql_where=WAITING, sqlite_where=WAITING)


class OutboxEffect(TimestampMixin, Base, table=True):
    """One effect that is promised and, until it is done or failed for good, not forgotten."""

    __table_args__ = (
        _waiting("ix_outbox_effect_waiting", "due_at", "effect_id"),
        _waiting("ix_outbox_effect_turn", "priority", "due_at", "effect_id"),
        {"info": kept_for("outbox_retention_days", by="updated_at", only="state IN ('done', 'failed')")},
    )

    effect_id: int | None = surrogate_key()
    kind: str = text_field(max_length=80, privacy=NOT_PERSONAL)
    guild_id: Snowflake | None = optional_snowflake(index=True, privacy=NOT_PERSONAL)
    payload: dict[str, Any] = Field(sa_type=JsonDocument, sa_column_kwargs=column_info(DELETE_ROW))
    """An effect about a person who asks to be erased goes with them, done or not."""
    priority: int = Field(
        default=Priority.NORMAL, ge=0, le=9, sa_type=SmallInteger, sa_column_kwargs={"server_default": "5"}
    )
    state: EffectState = Field(default=EffectState.PENDING, sa_type=enum_type(EffectState, "effect_state"))
    attempts: int = Field(default=0, ge=0)
    due_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    worker: str | None = text_field(default=None, max_length=40, privacy=NOT_PERSONAL)
    error: str | None = text_field(default=None, max_length=MAX_ERROR, privacy=cleared())


TABLE: Table = OutboxEffect.__table__
"""What the statements that run for each effect are made of: rows as objects would cost as much again."""


@dataclass(frozen=True, slots=True)
class ClaimedEffect:
    """An effect that one worker holds for the length of its lease."""

    id: int
    kind: str
    guild_id: int | None
    payload: dict[str, Any]
    priority: int
    attempts: int
    """Which attempt this is, from 1; with the worker's name it fences off one that comes back too late."""
    worker: str
    promised_at: datetime
    due_at: datetime
    is_last_attempt: bool
    """Whether a failure now is final, because the promise is too old."""
