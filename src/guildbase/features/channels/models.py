"""The tables of slow modes, lockdowns and the gate for newcomers."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL, PSEUDONYMISE, cleared, kept
from guildbase.database.types import Snowflake, enum_type, optional_snowflake, snowflake_key, text_field
from guildbase.database.upkeep.retention import kept_for
from guildbase.features.channels.kinds import MAX_REASON, LockState, NewcomerState

MAX_FAILURE = 300
GIVES_BACK = kept("The channel is given back as it was by it; it goes when the lockdown ends.")
BITS = "changed > 0 AND before_allow >= 0 AND before_deny >= 0 AND set_allow >= 0 AND set_deny >= 0"


class SlowMode(TimestampMixin, CRUDMixin, Base, table=True):
    """The slow mode that a moderator gave a channel."""

    __tablename__ = "slow_mode"  # type: ignore[assignment]
    __table_args__ = (
        CheckConstraint("seconds > 0", name="seconds_positive"),
        CheckConstraint("previous_seconds >= 0", name="previous_seconds_not_negative"),
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    channel_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    seconds: int = Field(gt=0)
    previous_seconds: int = Field(ge=0)
    """What Discord showed before, to be given back."""
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    set_by_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)


class SlowModeTurn(Base, table=True):
    """When somebody wrote last in a channel whose slow mode is longer than Discord's."""

    __tablename__ = "slow_mode_turn"  # type: ignore[assignment]
    __table_args__ = ({"info": kept_for(31, by="last_at")},)

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    channel_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    user_id: Snowflake = snowflake_key(privacy=DELETE_ROW)
    last_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)


class ServerLock(TimestampMixin, CRUDMixin, Base, table=True):
    """The whole server is locked, with the channels that are made meanwhile."""

    __tablename__ = "server_lock"  # type: ignore[assignment]

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    reason: str = text_field(default="", max_length=MAX_REASON, privacy=cleared("set_by_id"))
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    set_by_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)


class ChannelLock(TimestampMixin, CRUDMixin, Base, table=True):
    """What is wanted of a channel, and how far it is; the row goes when the channel is as it was."""

    __tablename__ = "channel_lock"  # type: ignore[assignment]
    __table_args__ = (CheckConstraint("generation > 0", name="generation_positive"),)

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    channel_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    is_wanted: bool = True
    """Whether it is to be locked; else it is on its way back."""
    generation: int = Field(default=1, gt=0)
    """Rises with each change of what is wanted, so that nobody settles an older wish."""
    state: LockState = Field(default=LockState.PENDING, sa_type=enum_type(LockState, "lock_state"))
    failure: str = text_field(default="", max_length=MAX_FAILURE, privacy=NOT_PERSONAL)
    reason: str = text_field(default="", max_length=MAX_REASON, privacy=cleared("set_by_id"))
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    set_by_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    is_of_server: bool = False
    """Whether it came with the lockdown of the whole server."""


class SavedOverwrite(Base, table=True):
    """The bits of one overwrite that a lockdown changed: before, and what it made of them."""

    __tablename__ = "saved_overwrite"  # type: ignore[assignment]
    __table_args__ = (CheckConstraint(BITS, name="bits"),)

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    channel_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    target_id: Snowflake = snowflake_key(privacy=GIVES_BACK)
    is_member: bool = False
    existed: bool = True
    changed: int = Field(sa_type=BigInteger)
    before_allow: int = Field(sa_type=BigInteger)
    before_deny: int = Field(sa_type=BigInteger)
    set_allow: int = Field(sa_type=BigInteger)
    set_deny: int = Field(sa_type=BigInteger)


class Newcomer(TimestampMixin, CRUDMixin, Base, table=True):
    """Somebody who came while the gate was closed."""

    __table_args__ = (
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        {"info": kept_for(90, by="updated_at", only="state <> 'waiting'")},
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    user_id: Snowflake = snowflake_key(privacy=DELETE_ROW)
    joined_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    state: NewcomerState = Field(default=NewcomerState.WAITING, sa_type=enum_type(NewcomerState, "newcomer_state"))
    attempts: int = Field(default=0, ge=0)
    """Wrong answers."""
