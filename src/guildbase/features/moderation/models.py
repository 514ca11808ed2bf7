"""The table of cases."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.privacy import NOT_PERSONAL, PSEUDONYMISE, cleared
from guildbase.database.types import Snowflake, enum_type, optional_snowflake, snowflake, snowflake_key, text_field

MAX_REASON = 1000
"""Longest reason of a case, in characters; it fits one field of a Discord embed."""

MAX_NUMBER = 2**31 - 1
"""Largest number that fits the column; PostgreSQL refuses to compare it with a larger one."""


class CaseType(StrEnum):
    """What was done to the member."""

    WARN = "warn"


class CaseState(StrEnum):
    """A case is open until its effect on Discord is known, and then confirmed or failed."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    FAILED = "failed"


class NoticeState(StrEnum):
    """Whether the member was told by direct message."""

    PENDING = "pending"
    DELIVERED = "delivered"
    REFUSED = "refused"
    FAILED = "failed"


class ModerationCase(TimestampMixin, CRUDMixin, Base, table=True):
    """One action of a moderator on a member, numbered within the guild."""

    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        Index("ix_moderation_case_target", "guild_id", "target_id", "number"),
        Index("ix_moderation_case_moderator", "guild_id", "moderator_id", "number"),
        Index(
            "uq_moderation_case_request",
            "guild_id",
            "request_id",
            unique=True,
            postgresql_where=text("request_id IS NOT NULL"),
            sqlite_where=text("request_id IS NOT NULL"),
        ),
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    case_type: CaseType = Field(sa_type=enum_type(CaseType, "case_type"))
    state: CaseState = Field(default=CaseState.OPEN, sa_type=enum_type(CaseState, "case_state"))
    notice: NoticeState = Field(default=NoticeState.PENDING, sa_type=enum_type(NoticeState, "notice_state"))
    target_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    target_name: str = text_field(max_length=100, privacy=cleared("target_id"))
    moderator_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    moderator_name: str = text_field(max_length=100, privacy=cleared("moderator_id"))
    reason: str = text_field(min_length=1, max_length=MAX_REASON, privacy=cleared("target_id"))
    request_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    """The interaction or message that asked for it; a repeated delivery finds the case instead of making one."""
