"""What the operator looks back on: how shards fared, and which errors have been looked at."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.privacy import NOT_PERSONAL, PSEUDONYMISE, cleared, column_info
from guildbase.database.types import Snowflake, enum_type, optional_snowflake, text_field, uuid_key
from guildbase.database.upkeep.retention import kept_for


class ShardHappening(StrEnum):
    """What became of a shard's connection to Discord."""

    READY = "ready"
    """It began a new session."""
    RESUMED = "resumed"
    """It went on with its session, and missed nothing."""
    DISCONNECTED = "disconnected"


class ShardSample(Base, table=True):
    """How a shard fared in one minute."""

    __table_args__ = (
        CheckConstraint("shard >= 0 AND guilds >= 0 AND latency_ms >= 0", name="figures_not_negative"),
        Index("ix_shard_sample_minute", "minute"),
        {"info": kept_for("shard_history_retention_days", by="minute")},
    )

    shard: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    minute: datetime = Field(primary_key=True, sa_type=UTCDateTime)
    is_ready: bool
    guilds: int = Field(ge=0)
    latency_ms: int | None = Field(default=None, ge=0)
    """Milliseconds of the last heartbeat's round trip."""


class ShardEvent(Base, table=True):
    """A shard's connection came or went."""

    __table_args__ = (
        CheckConstraint("shard >= 0", name="shard_not_negative"),
        Index("ix_shard_event_shard", "shard", "event_id"),
        Index("ix_shard_event_happened", "happened_at"),
        {"info": kept_for("shard_history_retention_days", by="happened_at")},
    )

    event_id: UUID = uuid_key()
    shard: int
    happening: ShardHappening = Field(sa_type=enum_type(ShardHappening, "shard_happening"))
    process: str = text_field(max_length=40, privacy=NOT_PERSONAL)
    happened_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)


class ErrorSeen(Base, table=True):
    """An operator has looked at the errors of one place; those that come later are new again."""

    __table_args__ = ({"info": kept_for("error_retention_days", by="seen_at")},)

    kind: str = Field(primary_key=True, max_length=20, sa_column_kwargs=column_info(NOT_PERSONAL))
    place: str = Field(primary_key=True, max_length=100, sa_column_kwargs=column_info(NOT_PERSONAL))
    error_type: str = Field(primary_key=True, max_length=100, sa_column_kwargs=column_info(NOT_PERSONAL))
    seen_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    seen_by: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    seen_by_name: str = text_field(max_length=100, privacy=cleared("seen_by"))
