"""Tables of people."""

from sqlalchemy import Index

from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL
from guildbase.database.types import KEPT_IF_REFERRED_TO, Snowflake, snowflake_key


class User(TimestampMixin, CRUDMixin, Base, table=True):
    """One Discord account that the bot keeps something about."""

    __tablename__ = "discord_user"  # type: ignore[assignment]
    __table_args__ = ({"info": {KEPT_IF_REFERRED_TO: True}},)

    user_id: Snowflake = snowflake_key(privacy=DELETE_ROW)


class Member(TimestampMixin, CRUDMixin, Base, table=True):
    """One account in one guild; what features keep about a member hangs on it."""

    # Without it, each deletion of an account would read the members of all guilds.
    __table_args__ = (Index("ix_member_user_id", "user_id"),)

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    user_id: Snowflake = snowflake_key(foreign_key="discord_user.user_id", privacy=DELETE_ROW)
