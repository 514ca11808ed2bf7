"""The tables of reports and appeals, and of what happened to each."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.mixins import CRUDMixin, TimestampMixin
from guildbase.database.privacy import NOT_PERSONAL, PSEUDONYMISE, cleared, column_info
from guildbase.database.types import Snowflake, enum_type, optional_snowflake, snowflake, snowflake_key, text_field
from guildbase.database.upkeep.retention import kept_for
from guildbase.features.reports.kinds import MAX_EVIDENCE, MAX_TEXT, Happening, Outcome, ReportKind, ReportState

KEPT_DAYS = 365
"""Days that what is closed is kept, evidence and all; a case that came of it stays."""


class Report(TimestampMixin, CRUDMixin, Base, table=True):
    """One report or appeal, numbered within the guild."""

    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("case_number > 0", name="case_number_positive"),
        CheckConstraint("events > 0", name="events_positive"),
        Index("ix_report_state", "guild_id", "state", "number"),
        Index("ix_report_target", "guild_id", "target_id", "number"),
        Index("ix_report_closed", "closed_at"),
        {"info": kept_for(KEPT_DAYS, by="closed_at")},
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    kind: ReportKind = Field(sa_type=enum_type(ReportKind, "report_kind"))
    state: ReportState = Field(default=ReportState.OPEN, sa_type=enum_type(ReportState, "report_state"))
    outcome: Outcome | None = Field(default=None, sa_type=enum_type(Outcome, "report_outcome"))
    target_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    """Who is reported, or who appeals."""
    target_name: str = text_field(default="", max_length=100, privacy=cleared("target_id"))
    channel_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    message_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    evidence: str = text_field(default="", max_length=MAX_EVIDENCE, privacy=cleared("target_id"))
    """What the message said when it was reported."""
    case_number: int | None = Field(default=None, gt=0)
    """The case that is appealed, or the one that came of a report."""
    claimed_by: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    claimed_name: str = text_field(default="", max_length=100, privacy=cleared("claimed_by"))
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    queue_channel_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    queue_message_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    """The message with the buttons, once it is posted."""
    events: int = Field(default=1, gt=0)
    """How many things happened to it, which numbers them."""


class ReportEvent(CRUDMixin, Base, table=True):
    """One thing that happened to a report."""

    __tablename__ = "report_event"  # type: ignore[assignment]
    __table_args__ = (
        CheckConstraint("position > 0", name="position_positive"),
        ForeignKeyConstraint(
            ["guild_id", "number"],
            ["report.guild_id", "report.number"],
            ondelete="CASCADE",
            name="fk_report_event_report",
        ),
    )

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    number: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    position: int = Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})
    happening: Happening = Field(
        sa_type=enum_type(Happening, "report_happening"), sa_column_kwargs=column_info(NOT_PERSONAL)
    )
    actor_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    actor_name: str = text_field(default="", max_length=100, privacy=cleared("actor_id"))
    text: str = text_field(default="", max_length=MAX_TEXT, privacy=cleared("actor_id"))
    wants_answer: bool = False
    """Whether whoever reported wants to hear how it ends."""
    happened_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
