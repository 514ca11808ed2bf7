"""The tables of standings: those of people in one server, and those of people and servers everywhere."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.privacy import NOT_PERSONAL, PSEUDONYMISE, cleared, kept
from guildbase.database.types import Snowflake, enum_type, optional_snowflake, snowflake_key, text_field
from guildbase.database.upkeep.retention import kept_for

MAX_REASON = 300
"""Longest reason, in characters; all reasons of a guild are in its snapshot."""
SINCE_EXPIRY = kept_for(30, by="expires_at")
"""What ran out counts for nothing, and is kept a while for the question why it was."""
STAYS = kept("Nobody escapes a block by having their data erased; what was written about them is removed.")


class StandingStatus(StrEnum):
    """What was decided."""

    BLOCKED = "blocked"
    """May use nothing of the bot."""
    TRUSTED = "trusted"
    """Is spared what protects against strangers, such as the limit of commands."""


class SubjectKind(StrEnum):
    """Whom a standing everywhere is about."""

    USER = "user"
    GUILD = "guild"


class _Decision(SQLModel):
    """What both tables say of their subject."""

    status: StandingStatus = Field(sa_type=enum_type(StandingStatus, "standing_status"))
    is_silent: bool = False
    """Whether the reason and the end are kept from whom it is about."""
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    set_by_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    set_by_name: str = text_field(default="", max_length=100, privacy=cleared("set_by_id"))


class GuildStanding(TimestampMixin, CRUDMixin, _Decision, Base, table=True):
    """One person's standing in one guild."""

    __table_args__ = ({"info": SINCE_EXPIRY},)

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    user_id: Snowflake = snowflake_key(privacy=STAYS)
    reason: str = text_field(default="", max_length=MAX_REASON, privacy=cleared("user_id"))


class GlobalStanding(TimestampMixin, CRUDMixin, _Decision, Base, table=True):
    """The standing everywhere of one person or one guild, which need not be known here."""

    __table_args__ = ({"info": SINCE_EXPIRY},)

    subject_kind: SubjectKind = Field(primary_key=True, sa_type=enum_type(SubjectKind, "subject_kind"))
    subject_id: Snowflake = snowflake_key(privacy=STAYS)
    reason: str = text_field(default="", max_length=MAX_REASON, privacy=cleared("subject_id"))
