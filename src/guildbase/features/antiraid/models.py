"""The tables of raids and of those who raid."""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.privacy import NOT_PERSONAL, PSEUDONYMISE, cleared, kept
from guildbase.database.types import Snowflake, enum_type, optional_snowflake, snowflake_key, text_field
from guildbase.database.upkeep.retention import kept_for
from guildbase.features.antiraid.kinds import RaidAction, RaiderState, RaidLevel, RaidState

KEPT_DAYS = 90
WHO_RAIDED = kept(
    "Who took part in an attack is known for a while, so that nobody escapes by having their data erased.",
    keep_for=timedelta(days=KEPT_DAYS),
)
_ACTIVE = text("state = 'active'")


class Raid(TimestampMixin, CRUDMixin, Base, table=True):
    """One raid of a server, numbered within it; at any time one goes on, or none."""

    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        Index("uq_raid_active", "guild_id", unique=True, postgresql_where=_ACTIVE, sqlite_where=_ACTIVE),
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    state: RaidState = Field(sa_type=enum_type(RaidState, "raid_state"))
    level: RaidLevel = Field(sa_type=enum_type(RaidLevel, "raid_level"))
    action: RaidAction = Field(default=RaidAction.NONE, sa_type=enum_type(RaidAction, "raid_action"))
    """What is done to whoever comes from now on."""
    cause: str = text_field(default="", max_length=500, privacy=NOT_PERSONAL)
    """What was noticed, in words of our own."""
    started_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    last_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    """When the last of them came."""
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    has_locked: bool = False
    """Whether it locked the server, so that its end unlocks it."""
    invites_paused_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    invites_before: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """Until when invites were paused already when the raid began."""
    alert_channel_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    alert_message_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    ended_by_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)


class Raider(Base, table=True):
    """Somebody who came with a raid."""

    __table_args__ = (
        CheckConstraint("case_number > 0", name="case_number_positive"),
        ForeignKeyConstraint(
            ["guild_id", "number"], ["raid.guild_id", "raid.number"], ondelete="CASCADE", name="fk_raider_raid"
        ),
        Index("ix_raider_state", "guild_id", "number", "state"),
        {"info": kept_for(KEPT_DAYS, by="joined_at")},
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    user_id: Snowflake = snowflake_key(privacy=WHO_RAIDED)
    user_name: str = text_field(default="", max_length=100, privacy=cleared("user_id"))
    joined_at: datetime = Field(sa_type=UTCDateTime)
    state: RaiderState = Field(default=RaiderState.HELD, sa_type=enum_type(RaiderState, "raider_state"))
    action: RaidAction = Field(default=RaidAction.NONE, sa_type=enum_type(RaidAction, "raid_action"))
    case_number: int | None = Field(default=None, gt=0)
    failure: str = text_field(default="", max_length=300, privacy=NOT_PERSONAL)
