"""Tables of people."""

from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.types import Snowflake, snowflake_key


class User(TimestampMixin, CRUDMixin, Base, table=True):
    """One Discord account that the bot keeps something about."""

    __tablename__ = "discord_user"  # type: ignore[assignment]

    user_id: Snowflake = snowflake_key()


class Member(TimestampMixin, CRUDMixin, Base, table=True):
    """One account in one guild; what features keep about a member hangs on it."""

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id")
    user_id: Snowflake = snowflake_key(foreign_key="discord_user.user_id")
