"""The shapes of tickets and of their figures. Ids are text, because JavaScript would round them."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from guildbase.core.snowflake import LARGEST
from guildbase.core.validators import Cursor
from guildbase.features.tickets.controller.metrics import Metrics
from guildbase.features.tickets.kinds import (
    MAX_NOTE,
    MAX_NUMBER,
    MAX_REASON,
    MAX_TAG,
    Part,
    TicketKind,
    TicketPriority,
    TicketState,
)
from guildbase.features.tickets.models import Ticket, TicketEvent


def _fits(text: str) -> str:
    if int(text) > LARGEST:
        raise ValueError("not an id: it is too large")
    return text


Number = Annotated[int, Path(ge=1, le=MAX_NUMBER, description="The ticket's number.")]
SmallSnowflake = Annotated[str, Field(pattern="^[0-9]{1,19}$"), AfterValidator(_fits)]
"""An id as text, also 0. More than the column can hold would be an error of PostgreSQL."""
AfterSnowflake = Annotated[
    SmallSnowflake, Query(description="The `next_after` of the page before; without it the list begins.")
]


class Wanted(BaseModel):
    """Base of what is sent: a field that there is not is refused."""

    model_config = ConfigDict(extra="forbid")


class TicketOut(BaseModel):
    """One ticket."""

    number: int = Field(examples=[1])
    category: int = Field(description="The number of its category.")
    kind: TicketKind
    state: TicketState
    priority: TicketPriority
    subject: str
    opener_id: str = Field(examples=["1128754567890123457"])
    opener_name: str
    channel_id: str | None
    assignee_id: str | None
    assignee_name: str
    created_at: datetime
    active_at: datetime
    first_response_at: datetime | None
    closed_at: datetime | None
    close_reason: str
    rating: int | None
    rating_comment: str
    transcript_at: datetime | None = Field(description="When its transcript was made; null while it is open.")

    @classmethod
    def of(cls, ticket: Ticket) -> TicketOut:
        """Return the shape of a stored ticket."""
        values: dict[str, Any] = {name: getattr(ticket, name) for name in TicketOut.model_fields}
        ids = {name: _text(values[name]) for name in ("opener_id", "channel_id", "assignee_id")}
        return cls(**values | ids)


class TicketPage(BaseModel):
    """Tickets, newest first; ask again with `after` set to `next_after` for older ones."""

    tickets: list[TicketOut]
    next_after: Cursor | None = Field(description="None on the last page.")


class TicketFull(TicketOut):
    """One ticket with all that belongs to it."""

    category_name: str
    answers: dict[str, str]
    failure: str = Field(description="Why its channel could not be made or changed; empty if it could.")
    parts: list[Part] = Field(description="What the caller is to the ticket, which says what they may do.")
    participants: list[str]
    tags: list[str]


class EventOut(BaseModel):
    """One entry of a ticket's activity log."""

    event: int
    happening: str = Field(examples=["claimed"])
    actor_id: str | None = Field(description="None for the bot itself.")
    actor_name: str
    details: dict[str, Any]
    happened_at: datetime

    @classmethod
    def of(cls, entry: TicketEvent) -> EventOut:
        """Return the shape of a stored entry."""
        values: dict[str, Any] = {name: getattr(entry, name) for name in cls.model_fields}
        return cls(**values | {"actor_id": _text(entry.actor_id)})


class EventPage(BaseModel):
    """Entries, oldest first; ask again with `after` set to `next_after` for later ones."""

    events: list[EventOut]
    next_after: Cursor | None = Field(description="None on the last page.")


class Closing(Wanted):
    """Why a ticket is closed."""

    reason: str = Field(default="", max_length=MAX_REASON)


class Prioritising(Wanted):
    """How much a ticket presses."""

    priority: TicketPriority


class Noting(Wanted):
    """What the staff tells one another."""

    note: str = Field(min_length=1, max_length=MAX_NOTE)


class Tagging(Wanted):
    """A word to put on a ticket, or to take off."""

    tag: str = Field(min_length=1, max_length=MAX_TAG)


class Assigning(Wanted):
    """Who is to answer a ticket."""

    user_id: str = Field(pattern=r"^[0-9]{15,20}$", examples=["1128754567890123457"])


class TimesOut(BaseModel):
    """How long something took, in seconds."""

    measured: int
    median: float | None
    p90: float | None


class GroupOut(BaseModel):
    """The tickets of one category, or of one member of the staff."""

    name: str
    opened: int
    closed: int
    rated: int
    rating: float | None
    resolution: float | None = Field(description="Seconds on average.")


class DayOut(BaseModel):
    """One day (UTC)."""

    day: dt.date
    opened: int
    closed: int


class MetricsOut(BaseModel):
    """What became of the tickets that were opened in the last days."""

    days: int
    opened: int
    closed: int
    open_now: int
    rated: int
    rating: float | None
    response: TimesOut
    resolution: TimesOut
    categories: list[GroupOut]
    staff: list[GroupOut]
    by_day: list[DayOut]
    by_hour: list[int] = Field(description="How many were opened in each hour of the day (UTC), from midnight on.")

    @classmethod
    def of(cls, metrics: Metrics) -> MetricsOut:
        """Return the shape of the figures."""
        return cls.model_validate(asdict(metrics))


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
