"""Which commands Discord last got from us."""

from sqlmodel import Field

from guildbase.database.base import Base
from guildbase.database.mixins import TimestampMixin
from guildbase.database.types import Snowflake, snowflake_key


class CommandSync(TimestampMixin, Base, table=True):
    """The command tree that Discord last got from us, for each application."""

    application_id: Snowflake = snowflake_key()
    tree_hash: str = Field(max_length=64)
