"""Tables of guilds: the guild itself, its configuration and its counters."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints
from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.mixins import AuditMixin, CRUDMixin, TimestampMixin
from guildbase.database.types import Snowflake, optional_snowflake, snowflake_key

# SQLModel's `Field` takes a `regex` and then does not look at it.
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
LEVELS = range(8)
"""Permission levels: 0 is everyone, 7 is the highest."""


class Guild(TimestampMixin, CRUDMixin, Base, table=True):
    """One server that the bot is or was in; every guild-scoped row hangs on it."""

    guild_id: Snowflake = snowflake_key()
    joined_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    purge_after: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the data of a guild that was left may be erased; a return before that keeps everything."""


class GuildConfig(TimestampMixin, AuditMixin, CRUDMixin, Base, table=True):
    """What the hot paths need of a guild's settings; all other settings belong to their feature."""

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id")
    prefix: str = Field(min_length=1, max_length=10)
    locale: Locale = Field(default="en-US", max_length=10)
    mod_log_channel_id: Snowflake | None = optional_snowflake()
    audit_log_channel_id: Snowflake | None = optional_snowflake()
    perm_level_0_role_id: Snowflake | None = optional_snowflake()
    perm_level_1_role_id: Snowflake | None = optional_snowflake()
    perm_level_2_role_id: Snowflake | None = optional_snowflake()
    perm_level_3_role_id: Snowflake | None = optional_snowflake()
    perm_level_4_role_id: Snowflake | None = optional_snowflake()
    perm_level_5_role_id: Snowflake | None = optional_snowflake()
    perm_level_6_role_id: Snowflake | None = optional_snowflake()
    perm_level_7_role_id: Snowflake | None = optional_snowflake()

    def level_roles(self) -> dict[int, int]:
        """Return the permission level that each role gives, by role id."""
        roles = {level: getattr(self, f"perm_level_{level}_role_id") for level in LEVELS}
        return {role: level for level, role in roles.items() if role is not None}


class GuildCounter(Base, table=True):
    """The last number given out in a guild for each kind of thing; the row lock keeps numbers dense."""

    __table_args__ = (CheckConstraint("value > 0", name="value_positive"),)

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id")
    kind: str = Field(primary_key=True, max_length=40)
    value: int = Field(sa_type=BigInteger)
