"""The tables of tickets: how a server takes them in, the tickets themselves, and what is kept of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.database.base import Base
from guildbase.database.mixins import AuditMixin, CRUDMixin, TimestampMixin
from guildbase.database.privacy import DELETE_ROW, NOT_PERSONAL, PSEUDONYMISE, cleared, column_info, kept
from guildbase.database.types import (
    Snowflake,
    document_field,
    enum_type,
    optional_snowflake,
    snowflake,
    snowflake_key,
    text_field,
)
from guildbase.features.tickets.kinds import (
    MAX_COMMENT,
    MAX_NAME,
    MAX_REASON,
    MAX_REPLY,
    MAX_SUBJECT,
    MAX_TAG,
    TicketKind,
    TicketPriority,
    TicketState,
)

MAX_MESSAGE = 4000
"""Longest text of a message in Discord."""
MAX_TEXT = 1000
"""Longest description of a panel and longest greeting."""


def _of(table: str, parent: str, **columns: str) -> ForeignKeyConstraint:
    """Return the key to a numbered row of the same guild; `columns` say which own column holds which of its."""
    own, theirs = ["guild_id", *columns], ["guild_id", *columns.values()]
    name = f"fk_{table}_{parent}"
    return ForeignKeyConstraint(own, [f"{parent}.{column}" for column in theirs], ondelete="CASCADE", name=name)


def _number_key() -> Any:
    return Field(primary_key=True, gt=0, sa_column_kwargs={"autoincrement": False})


class TicketCategory(TimestampMixin, AuditMixin, CRUDMixin, Base, table=True):
    """One sort of tickets: where they take place, who answers, and what is asked first."""

    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("open_limit > 0", name="open_limit_positive"),
        CheckConstraint("response_minutes > 0", name="response_minutes_positive"),
        CheckConstraint("resolution_minutes > 0", name="resolution_minutes_positive"),
        CheckConstraint("auto_close_hours > 0", name="auto_close_hours_positive"),
        UniqueConstraint("guild_id", "name", name="uq_ticket_category_name"),
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    number: int = _number_key()
    name: str = text_field(min_length=1, max_length=MAX_NAME, privacy=NOT_PERSONAL)
    description: str = text_field(default="", max_length=100, privacy=NOT_PERSONAL)
    emoji: str = text_field(default="", max_length=70, privacy=NOT_PERSONAL)
    kind: TicketKind = Field(default=TicketKind.CHANNEL, sa_type=enum_type(TicketKind, "ticket_kind"))
    parent_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    """The category of channels that new ones go to, or the channel that threads are made in."""
    naming: str = text_field(default="{category}-{number}", max_length=MAX_NAME, privacy=NOT_PERSONAL)
    """Name of a new channel, with {number}, {user} and {category}."""
    greeting: str = text_field(default="", max_length=MAX_TEXT, privacy=NOT_PERSONAL)
    form: dict[str, Any] = document_field(privacy=NOT_PERSONAL)
    """`questions`, each with `label`, `placeholder`, `is_long` and `is_required`."""
    open_limit: int = Field(default=1, ge=1, le=20)
    """How many of these tickets a person may have open at once."""
    response_minutes: int | None = Field(default=None, gt=0)
    """Until the staff's first answer is late; None for no such promise."""
    resolution_minutes: int | None = Field(default=None, gt=0)
    auto_close_hours: int | None = Field(default=None, gt=0)
    """Silence of the person after which a ticket that waits for them is closed; None for never."""
    is_archived: bool = False
    """Whether it is for old tickets only."""


class TicketStaffRole(Base, table=True):
    """A role whose members answer the tickets of a category."""

    __table_args__ = (_of("ticket_staff_role", "ticket_category", category="number"),)

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    category: int = _number_key()
    role_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)


class TicketPanel(TimestampMixin, AuditMixin, CRUDMixin, Base, table=True):
    """A message from which people open tickets."""

    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        UniqueConstraint("guild_id", "title", name="uq_ticket_panel_title"),
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    number: int = _number_key()
    channel_id: Snowflake = snowflake(privacy=NOT_PERSONAL)
    message_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    """None until it is posted."""
    title: str = text_field(max_length=100, privacy=NOT_PERSONAL)
    description: str = text_field(default="", max_length=MAX_TEXT, privacy=NOT_PERSONAL)
    is_menu: bool = False
    """Whether the categories are in one menu instead of a button each."""
    failure: str = text_field(default="", max_length=300, privacy=NOT_PERSONAL)
    """Why Discord refused to post it."""


class TicketPanelCategory(Base, table=True):
    """A category that a panel offers."""

    __table_args__ = (
        _of("ticket_panel_category", "ticket_panel", panel="number"),
        _of("ticket_panel_category", "ticket_category", category="number"),
        CheckConstraint("position > 0", name="position_positive"),
        Index("ix_ticket_panel_category_category", "guild_id", "category"),
    )

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    panel: int = _number_key()
    category: int = _number_key()
    position: int = Field(gt=0)


class Ticket(TimestampMixin, CRUDMixin, Base, table=True):
    """One request for help, numbered within the guild."""

    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("events >= 0", name="events_not_negative"),
        CheckConstraint("rating > 0", name="rating_positive"),
        _of("ticket", "ticket_category", category="number"),
        Index("ix_ticket_category", "guild_id", "category", "number"),
        Index("ix_ticket_opener", "guild_id", "opener_id", "number"),
        Index("ix_ticket_state", "guild_id", "state", "number"),
        Index("ix_ticket_assignee", "guild_id", "assignee_id", "number"),
        Index("ix_ticket_channel", "guild_id", "channel_id"),
        Index("ix_ticket_created", "guild_id", "created_at"),
        Index(
            "uq_ticket_request",
            "guild_id",
            "request_id",
            unique=True,
            postgresql_where=text("request_id IS NOT NULL"),
            sqlite_where=text("request_id IS NOT NULL"),
        ),
    )

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    number: int = _number_key()
    category: int
    opener_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    opener_name: str = text_field(default="", max_length=100, privacy=cleared("opener_id"))
    subject: str = text_field(default="", max_length=MAX_SUBJECT, privacy=cleared("opener_id"))
    answers: dict[str, Any] = document_field(privacy=cleared("opener_id"))
    """What was said in the form, by question."""
    kind: TicketKind = Field(sa_type=enum_type(TicketKind, "ticket_kind"))
    channel_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    """The channel or thread; None before it is made and after it is gone."""
    channel_name: str = text_field(default="", max_length=100, privacy=cleared("opener_id"))
    """What the channel or thread shall be called; it may hold the person's name."""
    greeting_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    """The first message in it, with the buttons."""
    state: TicketState = Field(default=TicketState.OPENING, sa_type=enum_type(TicketState, "ticket_state"))
    priority: TicketPriority = Field(
        default=TicketPriority.NORMAL, sa_type=enum_type(TicketPriority, "ticket_priority")
    )
    assignee_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    assignee_name: str = text_field(default="", max_length=100, privacy=cleared("assignee_id"))
    claimed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    first_response_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When the staff first wrote."""
    active_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)
    """When anything was last written or done."""
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_by: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    close_reason: str = text_field(default="", max_length=MAX_REASON, privacy=cleared("opener_id"))
    rating: int | None = Field(default=None, ge=1, le=5)
    rating_comment: str = text_field(default="", max_length=MAX_COMMENT, privacy=cleared("opener_id"))
    failure: str = text_field(default="", max_length=300, privacy=NOT_PERSONAL)
    """Why the channel could not be made or changed, in words of our own."""
    reopened_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """From when on what was promised counts anew; None if it was never closed."""
    compared_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    """The message up to which its transcript was compared with the channel since it was closed."""
    transcript_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When its transcript was last brought in line with the channel."""
    transcript_note: str = text_field(default="", max_length=300, privacy=NOT_PERSONAL)
    """Why messages may be missing in it, in words of our own."""
    events: int = Field(default=0, ge=0)
    """How many entries the activity log has."""
    request_id: Snowflake | None = optional_snowflake(privacy=NOT_PERSONAL)
    """The interaction that asked for it; a repeated delivery finds the ticket instead of opening another."""


class TicketParticipant(Base, table=True):
    """Somebody who was added to a ticket besides its opener and the staff."""

    __table_args__ = (_of("ticket_participant", "ticket", number="number"),)

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    number: int = _number_key()
    user_id: Snowflake = snowflake_key(privacy=DELETE_ROW)


class TicketTag(Base, table=True):
    """A word that the staff put on a ticket."""

    __table_args__ = (
        _of("ticket_tag", "ticket", number="number"),
        Index("ix_ticket_tag_tag", "guild_id", "tag", "number"),
    )

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    number: int = _number_key()
    tag: str = Field(max_length=MAX_TAG, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))


class TicketEvent(Base, table=True):
    """One entry of a ticket's activity log; it is only ever added to."""

    __table_args__ = (
        _of("ticket_event", "ticket", number="number"),
        Index("ix_ticket_event_actor", "guild_id", "actor_id", "happened_at"),
    )

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    number: int = _number_key()
    event: int = _number_key()
    """1 for the first of the ticket."""
    happening: str = text_field(max_length=20, privacy=NOT_PERSONAL)
    """One of `Happening`."""
    actor_id: Snowflake | None = optional_snowflake(privacy=PSEUDONYMISE)
    """None for the bot itself."""
    actor_name: str = text_field(default="", max_length=100, privacy=cleared("actor_id"))
    details: dict[str, Any] = document_field(privacy=cleared())
    """What belongs to it, such as `reason`, `user_id` or `before` and `after`."""
    happened_at: datetime = Field(default_factory=utcnow, sa_type=UTCDateTime)


class TicketMessage(Base, table=True):
    """A message in a ticket, copied as it is written: its transcript is made of these, also without the channel."""

    __table_args__ = (_of("ticket_message", "ticket", number="number"),)

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    number: int = _number_key()
    message_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    author_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    author_name: str = text_field(default="", max_length=100, privacy=cleared("author_id"))
    about_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    """Whose words these are: the author's, or the opener's where a bot repeats what they answered."""
    is_bot: bool = False
    is_staff: bool = False
    content: str = text_field(default="", max_length=MAX_MESSAGE, privacy=cleared("about_id"))
    details: dict[str, Any] = document_field(privacy=cleared("about_id"))
    """What it shows besides its text: `files`, `embeds`, `stickers`, `reply_to` and the like."""
    edited_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    """When it was deleted in Discord; the transcript still shows it, and says so."""


class TicketFile(Base, table=True):
    """A small file of a ticket's message, copied because Discord's links run out."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["guild_id", "number", "message_id"],
            ["ticket_message.guild_id", "ticket_message.number", "ticket_message.message_id"],
            ondelete="CASCADE",
            name="fk_ticket_file_ticket_message",
        ),
    )

    guild_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    number: int = _number_key()
    message_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    file_id: Snowflake = snowflake_key(privacy=NOT_PERSONAL)
    about_id: Snowflake = snowflake(privacy=PSEUDONYMISE)
    content: bytes | None = Field(default=None, sa_type=LargeBinary, sa_column_kwargs=column_info(cleared("about_id")))
    """None once the person had their data erased."""


class TicketReply(TimestampMixin, AuditMixin, CRUDMixin, Base, table=True):
    """An answer that the staff keeps for use in many tickets."""

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    name: str = Field(max_length=MAX_TAG, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    content: str = text_field(min_length=1, max_length=MAX_REPLY, privacy=NOT_PERSONAL)


class TicketBlock(TimestampMixin, AuditMixin, CRUDMixin, Base, table=True):
    """Somebody who may open no tickets."""

    guild_id: Snowflake = snowflake_key(foreign_key="guild.guild_id", privacy=NOT_PERSONAL)
    user_id: Snowflake = snowflake_key(
        privacy=kept("Who is blocked from tickets must not get them back by having their data erased.")
    )
    reason: str = text_field(default="", max_length=MAX_REASON, privacy=cleared("user_id"))
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
