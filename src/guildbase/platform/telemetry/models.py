"""The audit table."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, func
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.types import JsonDocument, Snowflake, optional_snowflake, surrogate_key

MAX_REASON = 2000


class AuditEntry(Base, table=True):
    """One change, who made it and why. It has no foreign keys, because it outlives what it tells of."""

    __table_args__ = (
        Index("ix_audit_entry_guild", "guild_id", "audit_id"),
        Index("ix_audit_entry_actor", "actor_id", "audit_id"),
    )

    audit_id: int | None = surrogate_key()
    guild_id: Snowflake | None = optional_snowflake()
    actor_id: Snowflake | None = optional_snowflake()
    actor_name: str = Field(max_length=100)
    action: str = Field(max_length=80)
    target_type: str = Field(default="", max_length=40)
    target_id: Snowflake | None = optional_snowflake()
    reason: str = Field(default="", max_length=MAX_REASON)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JsonDocument)
    correlation_id: str | None = Field(default=None, max_length=64)
    created_at: datetime = Field(
        default_factory=utcnow, sa_type=UTCDateTime, sa_column_kwargs={"server_default": func.now()}
    )
