"""The table. Its name begins with the feature's, so that it meets no other one."""

from enum import StrEnum

from sqlmodel import Field

from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL, cleared
from guildbase.database.types import Snowflake, enum_type, snowflake_key, text_field


class Mood(StrEnum):
    """How the guest felt."""

    HAPPY = "happy"
    CURIOUS = "curious"


class GuestbookEntry(TimestampMixin, CRUDMixin, Base, table=True):
    """What one person wrote in one server."""

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    user_id: Snowflake = snowflake_key(privacy=DELETE_ROW)
    text: str = text_field(min_length=1, max_length=200, privacy=cleared("user_id"))
    mood: Mood = Field(default=Mood.HAPPY, sa_type=enum_type(Mood, "guestbook_mood"))
