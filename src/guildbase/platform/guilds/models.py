"""Tables of guilds: the guild itself, its configuration and its counters."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.validators import Locale
from guildbase.database.base import Base
from guildbase.database.mixins import AuditMixin, CRUDMixin, TimestampMixin
from guildbase.database.privacy import NOT_PERSONAL, column_info
from guildbase.database.types import Snowflake, optional_snowflake, snowflake_key, text_field

DEFAULT_LOCALE = "en-US"
LEVELS = range(8)
"""Permission levels: 0 is everyone, 7 is the highest."""

CONFIG_COLUMNS = (
    "prefix", "locale", "mod_log_channel_id", "audit_log_channel_id",
    *(f"perm_level_{level}_role_id" for level in LEVELS),
)  # fmt: skip
"""What a server may set, and `GuildConfig` holds."""


class Guild(TimestampMixin, CRUDMixin, Base, table=True):
    """One server that the bot is or was in; every guild-scoped row hangs on it."""

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    joined_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    arrived_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the bot came in last and the features were told; None while it is away."""
    left_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    purge_after: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the data of a guild that was left may be erased; a return before that keeps everything."""


class GuildConfig(TimestampMixin, AuditMixin, CRUDMixin, Base, table=True):
    """What the hot paths need of a guild's settings; all other settings belong to their feature."""

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    version: int = Field(default=1, sa_type=BigInteger, sa_column_kwargs={"server_default": "1"})
    """Rises with every change of what the guild's snapshot holds."""
    prefix: str = text_field(min_length=1, max_length=10, privacy=NOT_PERSONAL)
    locale: Locale = text_field(default=DEFAULT_LOCALE, max_length=10, privacy=NOT_PERSONAL)
    mod_log_channel_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    audit_log_channel_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    perm_level_0_role_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    perm_level_1_role_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    perm_level_2_role_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    perm_level_3_role_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    perm_level_4_role_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    perm_level_5_role_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    perm_level_6_role_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    perm_level_7_role_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)


class GuildCounter(Base, table=True):
    """The last number given out in a guild for each kind of thing; the row lock keeps numbers dense."""

    __table_args__ = (CheckConstraint("value > 0", name="value_positive"),)

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    kind: str = Field(primary_key=True, max_length=40, sa_column_kwargs=column_info(NOT_PERSONAL))
    value: int = Field(sa_type=BigInteger)
