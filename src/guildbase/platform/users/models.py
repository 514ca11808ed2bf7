"""Tables of people."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.validators import Locale, TimeZone
from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL, cleared
from guildbase.database.types import KEPT_IF_REFERRED_TO, Snowflake, snowflake_key, text_field


class User(TimestampMixin, CRUDMixin, Base, table=True):
    """One Discord account that the bot keeps something about."""

    __tablename__ = "discord_user"  # type: ignore[assignment]
    __table_args__ = ({"info": {KEPT_IF_REFERRED_TO: True}},)

    user_id: Snowflake = snowflake_key(privacy=DELETE_ROW)


class UserPreferences(TimestampMixin, CRUDMixin, Base, table=True):
    """How one account wants to be treated everywhere; without a row everything is as Discord has it."""

    user_id: Snowflake = snowflake_key(foreign_key="discord_user.user_id", privacy=DELETE_ROW)
    time_zone: TimeZone | None = text_field(default=None, max_length=64, privacy=cleared("user_id"))
    """None means UTC."""
    locale: Locale | None = text_field(default=None, max_length=10, privacy=cleared("user_id"))
    """None means the language that Discord tells."""
    wants_dms: bool = True


class Member(TimestampMixin, CRUDMixin, Base, table=True):
    """One account in one guild; what features keep about a member hangs on it."""

    # Without it, each deletion of an account would read the members of all guilds.
    __table_args__ = (Index("ix_member_user_id", "user_id"),)

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    user_id: Snowflake = snowflake_key(foreign_key="discord_user.user_id", privacy=DELETE_ROW)
    joined_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When they last came in, as far as the bot saw it; `created_at` is when it first kept something of them."""
    left_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """None while they are there."""
    times_left: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
