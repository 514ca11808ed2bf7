"""What is written down for later: changes, how many there were, and errors."""

import datetime as dt
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, func
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.time_ids import new_time_id
from guildbase.database.base import Base
from guildbase.database.privacy import NOT_PERSONAL, PSEUDONYMISE, cleared, column_info
from guildbase.database.types import Snowflake, document_field, optional_snowflake, snowflake_key, text_field
from guildbase.database.upkeep.retention import kept_for
from guildbase.services.write_behind.declared import Shape, write_behind

MAX_COMMAND = 100
MAX_REASON = 2000
MAX_MESSAGE = 500
MAX_TRACEBACK = 8000


def _time_key() -> Any:
    return Field(default_factory=new_time_id, primary_key=True, sa_column_kwargs={"default": new_time_id})


def _created_at() -> Any:
    return Field(default_factory=utcnow, sa_type=UTCDateTime, sa_column_kwargs={"server_default": func.now()})


class AuditEntry(Base, table=True):
    """One change, who made it and why. It has no foreign keys, because it outlives what it tells of."""

    __table_args__ = (
        Index("ix_audit_entry_guild", "guild_id", "audit_id"),
        Index("ix_audit_entry_action", "guild_id", "action", "audit_id"),
        Index("ix_audit_entry_actor", "actor_id", "audit_id"),
        Index("ix_audit_entry_target", "target_id", "audit_id"),
        {"postgresql_partition_by": "RANGE (audit_id)", "info": kept_for("audit_retention_days", by="created_at")},
    )

    audit_id: UUID = _time_key()
    guild_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    actor_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    actor_name: str = text_field(max_length=100, privacy=cleared("actor_id"))
    action: str = text_field(max_length=80, privacy=NOT_PERSONAL)
    target_type: str = text_field(default="", max_length=40, privacy=NOT_PERSONAL)
    target_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    reason: str = text_field(default="", max_length=MAX_REASON, privacy=cleared("target_id"))
    details: dict[str, Any] = document_field(privacy=cleared("target_id"))
    correlation_id: str | None = text_field(default=None, max_length=64, privacy=NOT_PERSONAL)
    created_at: datetime = _created_at()


class AuditDay(Base, table=True):
    """How many entries a guild had of one action on one day (UTC) that is over."""

    __table_args__ = (
        CheckConstraint("entries > 0", name="entries_positive"),
        Index("ix_audit_day_day", "day"),
        {"info": kept_for("audit_retention_days", by="day")},
    )

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    day: dt.date = Field(primary_key=True)
    action: str = Field(max_length=80, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    entries: int


class ErrorEvent(Base, table=True):
    """An error that nobody expected. The same error again within a minute is counted and not stored anew."""

    __table_args__ = (
        CheckConstraint("count > 0", name="count_positive"),
        Index("ix_error_event_error_id", "error_id"),
        Index("ix_error_event_guild", "guild_id", "event_id"),
        Index("ix_error_event_user", "user_id", "event_id"),
        {"postgresql_partition_by": "RANGE (event_id)", "info": kept_for("error_retention_days", by="created_at")},
    )

    event_id: UUID = _time_key()
    error_id: str = text_field(max_length=64, privacy=NOT_PERSONAL)
    """What people are told to quote."""
    correlation_id: str | None = text_field(default=None, max_length=64, privacy=NOT_PERSONAL)
    """What ties it to log lines and audit entries."""
    kind: str = text_field(max_length=20, privacy=NOT_PERSONAL)
    place: str = text_field(max_length=100, privacy=NOT_PERSONAL)
    guild_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    user_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    """Who met it first."""
    error_type: str = text_field(max_length=100, privacy=NOT_PERSONAL)
    message: str = text_field(max_length=MAX_MESSAGE, privacy=cleared("user_id"))
    traceback: str = text_field(max_length=MAX_TRACEBACK, privacy=cleared("user_id"))
    version: str = text_field(max_length=40, privacy=NOT_PERSONAL)
    count: int = Field(default=1, ge=1)
    last_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    created_at: datetime = _created_at()


class CommandUsage(Base, table=True):
    """How often a command was used in a guild on a day (UTC); nobody's id is kept."""

    __table_args__ = (
        CheckConstraint("used >= 0", name="used_not_negative"),
        CheckConstraint("failed >= 0", name="failed_not_negative"),
        Index("ix_command_usage_day", "day"),
        {"info": kept_for("usage_retention_days", by="day") | write_behind(Shape.SUMS)},
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    day: dt.date = Field(primary_key=True)
    command: str = Field(max_length=MAX_COMMAND, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    used: int = Field(default=0, ge=0, sa_type=BigInteger)
    failed: int = Field(default=0, ge=0, sa_type=BigInteger)
    """How many of the uses ended with an error that nobody expected."""
