"""The routes of tickets and of their figures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from guildbase.api.dependencies import GuildId, GuildVisitor, ServicesDep
from guildbase.api.pages import AfterNumber, Limit
from guildbase.core.snowflake import check_snowflake
from guildbase.features.tickets import rules
from guildbase.features.tickets.api.shapes import (
    EventOut,
    EventPage,
    MetricsOut,
    Number,
    TicketFull,
    TicketOut,
    TicketPage,
)
from guildbase.features.tickets.controller import TicketController, TicketFilter
from guildbase.features.tickets.controller.metrics import MOST_DAYS, MetricsController
from guildbase.features.tickets.kinds import MAX_NUMBER, TicketPriority, TicketState
from guildbase.platform.guilds.controller import GuildController

router = APIRouter()
EVENTS = 100
"""Entries of one page."""


def _known_length(text: str) -> str:
    if text:
        check_snowflake(int(text))
    return text


IdOrNone = Annotated[str, AfterValidator(_known_length), Query(pattern="^([0-9]{15,20})?$")]
"""An id as text; empty for any. More digits than Discord has would not fit the column."""


@router.get("/guilds/{guild_id}/tickets", operation_id="list_tickets")
async def list_tickets(
    guild_id: GuildId,
    services: ServicesDep,
    caller: GuildVisitor,
    state: Annotated[list[TicketState] | None, Query(description="Only these.")] = None,
    opener_id: Annotated[IdOrNone, Query(description="Only of this person.")] = "",
    assignee_id: Annotated[IdOrNone, Query(description="Only of this staff.")] = "",
    category: Annotated[int | None, Query(ge=1, le=MAX_NUMBER)] = None,
    priority: TicketPriority | None = None,
    tag: Annotated[str, Query(max_length=32)] = "",
    text: Annotated[
        str, Query(max_length=100, pattern=r"^[^\x00]*$", description="In its subject or the name of who opened it.")
    ] = "",
    after: AfterNumber = None,
    limit: Limit = 20,
) -> TicketPage:
    """Return the tickets that the caller may see, newest first."""
    await services.get(GuildController).require(guild_id)
    wanted = TicketFilter(
        states=frozenset(state or ()),
        opener_id=int(opener_id) if opener_id else None,
        assignee_id=int(assignee_id) if assignee_id else None,
        category=category,
        priority=priority,
        tag=tag.strip().lower(),
        text=text.strip(),
        before=after,
    )
    # One more than asked for tells whether there is another page.
    found = await services.get(TicketController).find(caller, guild_id, wanted, limit=limit + 1)
    page = found[:limit]
    next_after = page[-1].number if len(found) > limit else None
    return TicketPage(tickets=[TicketOut.of(ticket) for ticket in page], next_after=next_after)


# Before the routes with a number, which its name would be taken for.
@router.get("/guilds/{guild_id}/tickets/metrics", operation_id="get_ticket_metrics")
async def get_metrics(
    guild_id: GuildId,
    services: ServicesDep,
    caller: GuildVisitor,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 30,
) -> MetricsOut:
    """Return how many tickets there are, and how fast and well they are answered."""
    await services.get(GuildController).require(guild_id)
    return MetricsOut.of(await services.get(MetricsController).metrics(caller, guild_id, days=days))


@router.get("/guilds/{guild_id}/tickets/{number}", operation_id="get_ticket")
async def get_ticket(guild_id: GuildId, number: Number, services: ServicesDep, caller: GuildVisitor) -> TicketFull:
    """Return one ticket with all that belongs to it."""
    detail = await services.get(TicketController).get(caller, guild_id, number)
    return TicketFull(
        **TicketOut.of(detail.ticket).model_dump(),
        category_name=detail.category.name,
        answers={question: str(answer) for question, answer in detail.ticket.answers.items()},
        failure=detail.ticket.failure,
        parts=sorted(rules.parts_of(caller, guild_id, detail.standing)),
        participants=[str(user_id) for user_id in sorted(detail.standing.participants)],
        tags=list(detail.tags),
    )


@router.get("/guilds/{guild_id}/tickets/{number}/events", operation_id="list_ticket_events")
async def list_events(
    guild_id: GuildId,
    number: Number,
    services: ServicesDep,
    caller: GuildVisitor,
    after: AfterNumber = None,
) -> EventPage:
    """Return the ticket's activity log, oldest first."""
    found = await services.get(TicketController).events(caller, guild_id, number, after=after or 0, limit=EVENTS)
    next_after = found[-1].event if len(found) == EVENTS else None
    return EventPage(events=[EventOut.of(entry) for entry in found], next_after=next_after)
