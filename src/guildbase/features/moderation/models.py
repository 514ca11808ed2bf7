"""The tables of cases and of what lasts."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.privacy import NOT_PERSONAL, PSEUDONYMISE, cleared, column_info, kept
from guildbase.database.types import (
    JsonDocument,
    Snowflake,
    document_field,
    enum_type,
    optional_snowflake,
    snowflake,
    snowflake_key,
    text_field,
)
from guildbase.features.moderation.kinds import (
    MAX_REASON,
    MAX_TYPE_NAME,
    CaseSource,
    CaseState,
    CaseType,
    NoticeState,
    PunishmentKind,
)

MAX_FAILURE = 300
MAX_CONTENT = 2000


def _of_case(table: str) -> ForeignKeyConstraint:
    columns = ["moderation_case.guild_id", "moderation_case.number"]
    return ForeignKeyConstraint(["guild_id", "number"], columns, ondelete="CASCADE", name=f"fk_{table}_case")


def _only(condition: str) -> dict[str, Any]:
    """Return what limits an index to the rows that meet the condition."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


class CustomCaseType(TimestampMixin, CRUDMixin, Base, table=True):
    """A type of case that a server made itself."""

    __tablename__ = "custom_case_type"  # type: ignore[assignment]
    __table_args__ = (CheckConstraint("severity > 0", name="severity_positive"),)

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    name: str = Field(max_length=MAX_TYPE_NAME, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    display_name: str = text_field(max_length=100, privacy=NOT_PERSONAL)
    description: str = text_field(default="", max_length=500, privacy=NOT_PERSONAL)
    severity: int = Field(default=1, ge=1, le=10)
    requires_duration: bool = False
    metadata_schema: dict[str, Any] = document_field(privacy=NOT_PERSONAL)
    """JSON Schema that the details of such a case must meet; empty for none."""
    is_archived: bool = False
    """Whether it is for old cases only."""


class ModerationCase(TimestampMixin, CRUDMixin, Base, table=True):
    """One action of a moderator on a member, numbered within the guild."""

    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("ending_case > 0", name="ending_case_positive"),
        Index("ix_moderation_case_target", "guild_id", "target_id", "number"),
        Index("ix_moderation_case_moderator", "guild_id", "moderator_id", "number"),
        Index("ix_moderation_case_type", "guild_id", "case_type", "number"),
        Index("ix_moderation_case_created", "guild_id", "created_at"),
        # What most cases are is left out of these, so that most cases pay for none of them.
        Index("ix_moderation_case_state", "guild_id", "state", "number", **_only("state <> 'confirmed'")),
        Index("ix_moderation_case_source", "guild_id", "source", "number", **_only("source <> 'command'")),
        Index("ix_moderation_case_custom", "guild_id", "custom_type", "number", **_only("custom_type IS NOT NULL")),
        Index("uq_moderation_case_request", "guild_id", "request_id", unique=True, **_only("request_id IS NOT NULL")),
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    case_type: CaseType = Field(sa_type=enum_type(CaseType, "case_type"))
    custom_type: str | None = text_field(default=None, max_length=MAX_TYPE_NAME, privacy=NOT_PERSONAL)
    """Name of the server's own type; such types are archived, never deleted."""
    state: CaseState = Field(default=CaseState.OPEN, sa_type=enum_type(CaseState, "case_state"))
    notice: NoticeState = Field(default=NoticeState.PENDING, sa_type=enum_type(NoticeState, "notice_state"))
    # The defaults of the database are for a release that runs on during the upgrade and does not name these columns.
    source: CaseSource = Field(
        default=CaseSource.COMMAND,
        sa_type=enum_type(CaseSource, "case_source"),
        sa_column_kwargs={"server_default": "command"},
    )
    target_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    target_name: str = text_field(max_length=100, privacy=cleared("target_id"))
    moderator_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    moderator_name: str = text_field(max_length=100, privacy=cleared("moderator_id"))
    reason: str = text_field(min_length=1, max_length=MAX_REASON, privacy=cleared("target_id"))
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When what it did ends by itself; None for never, or for what does not last."""
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When what it did came to an end."""
    ending_case: int | None = Field(default=None, gt=0)
    """Number of the case that ended or replaced it; None if it ran out."""
    failure: str | None = text_field(default=None, max_length=MAX_FAILURE, privacy=NOT_PERSONAL)
    """Why Discord refused it, in words of our own."""
    is_hidden: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Whether only staff who may see hidden cases find it, and the mod-log does not show it."""
    deleted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When a moderator struck it; it is kept for the history, and lists leave it out."""
    details: dict[str, Any] = Field(
        default_factory=dict,
        sa_type=JsonDocument,
        sa_column_kwargs={**column_info(cleared("target_id")), "server_default": "{}"},
    )
    """What belongs to its type, such as `delete_seconds`, `nickname` or what a server's own type asks for."""
    request_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    """The interaction or message that asked for it; a repeated delivery finds the case instead of making one."""


class CaseRole(Base, table=True):
    """A role that the member had when they were jailed, to give it back."""

    __tablename__ = "moderation_case_role"  # type: ignore[assignment]
    __table_args__ = (_of_case("moderation_case_role"),)

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    role_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)


class CaseEdit(Base, table=True):
    """One change of a case after it was opened: what stood there before, and who changed it."""

    __tablename__ = "moderation_case_edit"  # type: ignore[assignment]
    __table_args__ = (_of_case("moderation_case_edit"),)

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    edit: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    """1 for the first change of the case."""
    target_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    """Whom the case is about; the words go with their data."""
    editor_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    """None for a program."""
    editor_name: str = text_field(max_length=100, privacy=cleared("editor_id"))
    field: str = text_field(max_length=40, privacy=NOT_PERSONAL)
    before: str = text_field(default="", max_length=MAX_CONTENT, privacy=cleared("target_id"))
    after: str = text_field(default="", max_length=MAX_CONTENT, privacy=cleared("target_id"))
    edited_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)


class CaseEvidence(Base, table=True):
    """A file or message that shows why."""

    __tablename__ = "moderation_evidence"  # type: ignore[assignment]
    __table_args__ = (_of_case("moderation_evidence"),)

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    target_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    added_by: Snowflake = snowflake(privacy=PSEUDONYMISE)
    filename: str = text_field(default="", max_length=255, privacy=cleared("target_id"))
    url: str = text_field(max_length=1000, privacy=cleared("target_id"))
    """Where it was; links to Discord's files run out, so a copy is kept with the mod-log's message."""
    channel_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    """Where the copy is."""
    message_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    added_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)


class CaseLogMessage(Base, table=True):
    """Where the mod-log shows a case, so that what becomes of the case is shown in the same place."""

    __tablename__ = "moderation_log_message"  # type: ignore[assignment]
    __table_args__ = (_of_case("moderation_log_message"),)

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    channel_id: Snowflake = snowflake(privacy=NOT_PERSONAL)
    message_id: Snowflake = snowflake(privacy=NOT_PERSONAL)


class Punishment(Base, table=True):
    """Which case decides what lasts for a person; none for who is free.

    It keeps their id even if they have their data erased, or else nobody could ever lift a ban when its time is over.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["guild_id", "number"],
            ["moderation_case.guild_id", "moderation_case.number"],
            ondelete="CASCADE",
            name="fk_punishment_case",
        ),
        Index("ix_punishment_case", "guild_id", "number"),
    )

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    user_id: Snowflake = snowflake_key(
        privacy=kept("A ban that runs out must be lifted, and a jail outlasts leaving; the row goes when it ends.")
    )
    kind: PunishmentKind = Field(sa_type=enum_type(PunishmentKind, "punishment_kind"), primary_key=True)
    number: int
    """The case that decides: the one in force, or the one that ends it until Discord has been told."""
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    is_lifting: bool = False
    """Whether it is over, and Discord has yet to be told."""


class ModerationNote(TimestampMixin, CRUDMixin, Base, table=True):
    """What moderators tell each other of a member; numbered within the guild."""

    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        Index("ix_moderation_note_target", "guild_id", "target_id", "number"),
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    target_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    target_name: str = text_field(default="", max_length=100, privacy=cleared("target_id"))
    moderator_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    """None for a program."""
    moderator_name: str = text_field(default="", max_length=100, privacy=cleared("moderator_id"))
    content: str = text_field(max_length=MAX_CONTENT, privacy=cleared("target_id"))
    deleted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
