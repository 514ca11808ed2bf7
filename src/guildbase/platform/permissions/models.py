"""Tables of permissions: the rules of guilds, and the log of what was checked by them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.time_ids import new_time_id
from guildbase.database.base import Base
from guildbase.database.mixins import AuditMixin, CRUDMixin, TimestampMixin
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL, cleared, column_info, kept
from guildbase.database.types import Snowflake, enum_type, optional_snowflake, snowflake, snowflake_key, text_field
from guildbase.database.upkeep.retention import kept_for
from guildbase.services.write_behind.declared import Shape, write_behind

MAX_COMMAND = 100
MAX_REASON = 500
KEPT_AFTER_ITS_END = 30
"""Days that a rule which ran out is still listed."""


class Subject(StrEnum):
    """To whom, or where, a rule applies; from the one that comes first to the one that comes last."""

    MEMBER = "member"
    ROLE = "role"
    CHANNEL = "channel"
    CATEGORY = "category"
    GUILD = "guild"


class Scope(StrEnum):
    """To how much a rule applies; from the one that comes first to the one that comes last."""

    COMMAND = "command"
    """One command, or a group with all that is in it."""
    MODULE = "module"
    """All commands of a feature."""
    EVERYTHING = "everything"


class Access(StrEnum):
    """What a rule says; from the one that wins a tie to the one that loses it."""

    DENY = "deny"
    IGNORE = "ignore"
    """Refuse without an answer."""
    ALLOW = "allow"


class GuildPermission(TimestampMixin, AuditMixin, CRUDMixin, Base, table=True):
    """One rule of a guild: whom it is about, which commands, and what it says."""

    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        UniqueConstraint("guild_id", "subject_kind", "subject_id", "scope", "target", name="uq_guild_permission_rule"),
        {"info": kept_for(KEPT_AFTER_ITS_END, by="expires_at")},
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    subject_kind: Subject = Field(sa_type=enum_type(Subject, "permission_subject"))
    subject_id: Snowflake = snowflake(
        privacy=kept("Whom a server refuses a command must not get it back by having their data erased.")
    )
    """A user, role, channel or category; for the whole guild its own id."""
    scope: Scope = Field(sa_type=enum_type(Scope, "permission_scope"))
    target: str = text_field(default="", max_length=MAX_COMMAND, privacy=NOT_PERSONAL)
    """Qualified name of the command, or name of the feature; empty for everything."""
    access: Access = Field(sa_type=enum_type(Access, "permission_access"))
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reason: str = text_field(default="", max_length=MAX_REASON, privacy=cleared("subject_id"))
    created_by_name: str = text_field(default="", max_length=100, privacy=cleared("created_by"))


class PermissionCheck(Base, table=True):
    """One check of whether somebody may use a command; a guild's settings say which are written down."""

    __table_args__ = (
        CheckConstraint("rule_number > 0", name="rule_number_positive"),
        Index("ix_permission_check_created_at", "created_at"),
        {"info": kept_for("permission_check_retention_days", by="created_at") | write_behind(Shape.ROWS)},
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    check_id: UUID = Field(
        default_factory=new_time_id,
        primary_key=True,
        sa_column_kwargs={"default": new_time_id, **column_info(NOT_PERSONAL)},
    )
    user_id: Snowflake = snowflake(privacy=DELETE_ROW)
    channel_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    command: str = text_field(max_length=MAX_COMMAND, privacy=NOT_PERSONAL)
    outcome: str = text_field(max_length=10, privacy=NOT_PERSONAL)
    decider: str = text_field(max_length=20, privacy=NOT_PERSONAL)
    rule_number: int | None = Field(default=None, gt=0)
    created_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
