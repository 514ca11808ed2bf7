"""Which commands Discord last got from us."""

from guildbase.database.base import Base
from guildbase.database.mixins import TimestampMixin
from guildbase.database.privacy import NOT_PERSONAL
from guildbase.database.types import Snowflake, snowflake_key, text_field


class CommandSync(TimestampMixin, Base, table=True):
    """The command tree that Discord last got from us, for each application."""

    application_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    tree_hash: str = text_field(max_length=64, privacy=NOT_PERSONAL)
