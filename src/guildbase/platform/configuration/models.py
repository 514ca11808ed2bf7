"""Tables of settings: what holds now, and every change of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, func
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.mixins import AuditMixin, CRUDMixin, TimestampMixin
from guildbase.database.privacy import NOT_PERSONAL, PSEUDONYMISE, cleared, column_info, kept
from guildbase.database.types import Snowflake, document_field, optional_snowflake, snowflake_key, text_field

MAX_FEATURE = 60
MAX_NAME = 32
MAX_REASON = 500
_CHOSEN_BY_THE_TEAM = kept("A server's team sets how the bot works there; the bot goes by it as long as it is there.")


class ChangeKind(StrEnum):
    """How a change came about."""

    SET = "set"
    RESET = "reset"
    ROLLBACK = "rollback"
    IMPORT = "import"
    SETUP = "setup"
    REPAIR = "repair"


class GuildSettings(TimestampMixin, AuditMixin, CRUDMixin, Base, table=True):
    """What a server has set of one feature (the requirement's DynamicConfiguration).

    The document holds only what was set, so that better defaults of a later version reach everybody else.
    """

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("shape > 0", name="shape_positive"),
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    feature: str = Field(max_length=MAX_FEATURE, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    version: int = Field(ge=1)
    """The number of the last change in the history."""
    shape: int = Field(ge=1)
    """The `shape` of the settings model that the document is of."""
    document: dict[str, Any] = document_field(privacy=_CHOSEN_BY_THE_TEAM)


class ConfigurationHistory(CRUDMixin, Base, table=True):
    """One change of what a server has set of one feature; versions of a feature are 1, 2, 3 ... without gaps."""

    __table_args__ = (
        CheckConstraint("version > 0", name="version_positive"),
        CheckConstraint("shape > 0", name="shape_positive"),
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    feature: str = Field(max_length=MAX_FEATURE, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    version: int = Field(ge=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = text_field(max_length=20, privacy=NOT_PERSONAL)
    """A `ChangeKind`."""
    shape: int = Field(ge=1)
    document: dict[str, Any] = document_field(privacy=_CHOSEN_BY_THE_TEAM)
    """All that was set after the change."""
    changes: dict[str, Any] = document_field(privacy=_CHOSEN_BY_THE_TEAM)
    """Each key that changed, with `before` and `after`; one of them is not there if the key was or is not set."""
    author_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    author_name: str = text_field(max_length=100, privacy=cleared("author_id"))
    reason: str = text_field(default="", max_length=MAX_REASON, privacy=cleared("author_id"))
    created_at: datetime = Field(
        default_factory=utcnow, sa_type=UTCDateTime, sa_column_kwargs={"server_default": func.now()}
    )


class CustomSetting(TimestampMixin, AuditMixin, CRUDMixin, Base, table=True):
    """A setting that a server has defined itself; its changes stand in the history as `custom:NAME`."""

    __table_args__ = (CheckConstraint("version > 0", name="version_positive"),)

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    name: str = Field(max_length=MAX_NAME, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    version: int = Field(ge=1)
    """The number of the last change in the history."""
    value_schema: dict[str, Any] = document_field(privacy=_CHOSEN_BY_THE_TEAM)
    """The JSON Schema that values must fit."""
    document: dict[str, Any] = document_field(privacy=_CHOSEN_BY_THE_TEAM)
    """The value under `value`; empty if none is set."""
