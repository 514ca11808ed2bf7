"""The tables of automod: a guild's rules and lists, and who broke a rule."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.time_ids import new_time_id
from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL, cleared, column_info, kept
from guildbase.database.types import (
    Snowflake,
    document_field,
    enum_type,
    optional_snowflake,
    snowflake,
    snowflake_key,
    text_field,
)
from guildbase.database.upkeep.retention import kept_for
from guildbase.features.automod.kinds import MAX_EXCERPT, MAX_LIST_TEXT, MAX_NAME, ListKind

_CHOSEN_BY_THE_TEAM = kept("What a server's team forbids is its own choice, and goes with the server.")


class AutomodRule(TimestampMixin, CRUDMixin, Base, table=True):
    """One rule of a guild: its trigger, conditions and effects are in the document."""

    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("priority >= 0", name="priority_not_negative"),
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    name: str = text_field(max_length=MAX_NAME, privacy=_CHOSEN_BY_THE_TEAM)
    priority: int = Field(default=0, ge=0)
    """Lower comes first; among equals, the lower number does."""
    is_active: bool = True
    is_dry_run: bool = False
    """Whether it only tells what it would do."""
    is_native: bool = False
    """Whether Discord's own AutoMod is to enforce it."""
    native_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    """The rule in Discord's own AutoMod that stands for it, once it is there."""
    document: dict[str, Any] = document_field(privacy=_CHOSEN_BY_THE_TEAM)


class AutomodList(TimestampMixin, CRUDMixin, Base, table=True):
    """A named list of words, domains or patterns, which rules refer to."""

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    name: str = Field(primary_key=True, max_length=MAX_NAME, sa_column_kwargs=column_info(_CHOSEN_BY_THE_TEAM))
    kind: ListKind = Field(sa_type=enum_type(ListKind, "automod_list_kind"))
    entries: str = text_field(default="", max_length=MAX_LIST_TEXT, privacy=_CHOSEN_BY_THE_TEAM)
    """One a line."""


class AutomodViolation(CRUDMixin, Base, table=True):
    """Somebody broke a rule."""

    __table_args__ = (
        CheckConstraint("points >= 0", name="points_not_negative"),
        CheckConstraint("rule_number > 0", name="rule_number_positive"),
        CheckConstraint("case_number > 0", name="case_number_positive"),
        Index("ix_automod_violation_user", "guild_id", "user_id", "created_at"),
        Index("uq_automod_violation_message", "guild_id", "message_id", "rule_number", unique=True),
        Index("ix_automod_violation_created", "created_at"),
        {"info": kept_for(90, by="created_at")},
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    violation_id: UUID = Field(
        default_factory=new_time_id,
        primary_key=True,
        sa_column_kwargs={"default": new_time_id, **column_info(NOT_PERSONAL)},
    )
    user_id: Snowflake = snowflake(privacy=DELETE_ROW)
    user_name: str = text_field(default="", max_length=100, privacy=cleared("user_id"))
    rule_number: int | None = Field(default=None, gt=0)
    """None for a rule of Discord's own AutoMod that is not ours."""
    rule_name: str = text_field(default="", max_length=100, privacy=_CHOSEN_BY_THE_TEAM)
    channel_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    message_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    """None if Discord kept the message back."""
    matched: str = text_field(default="", max_length=200, privacy=cleared("user_id"))
    """What the rule found."""
    excerpt: str = text_field(default="", max_length=MAX_EXCERPT, privacy=cleared("user_id"))
    points: int = Field(default=0, ge=0)
    is_dry_run: bool = False
    case_number: int | None = Field(default=None, gt=0)
    """The case that came of it."""
    outcome: str = text_field(default="", max_length=300, privacy=NOT_PERSONAL)
    """What was done, or why not, in words of ours."""
    cleared_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a moderator took it back, so that its points count no longer."""
    created_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
