"""How rows of tickets are found."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.features.tickets.controller.errors import CategoryNotFound, TicketNotFound
from guildbase.features.tickets.kinds import LIVE, MAX_NUMBER, TicketKind
from guildbase.features.tickets.models import (
    Ticket,
    TicketCategory,
    TicketParticipant,
    TicketStaffRole,
    TicketTag,
)
from guildbase.features.tickets.rules import Standing


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """A ticket with all that belongs to it."""

    ticket: Ticket
    category: TicketCategory
    standing: Standing
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Numbered:
    """The number of what was made, which is all that a repeated request has to be told again."""

    number: int


def is_watched() -> ColumnElement[bool]:
    """Return the condition for tickets whose channel or thread the bot listens in and looks for.

    Closed threads are left out: a server may have thousands, and for each one Discord would have to be asked. Whoever
    opens one of those again finds out whether it is still there.
    """
    is_live_or_channel = or_(col(Ticket.state).in_(LIVE), col(Ticket.kind) == TicketKind.CHANNEL)
    return and_(col(Ticket.channel_id).is_not(None), is_live_or_channel)


async def locked_ticket(session: AsyncSession, guild_id: int, number: int) -> Ticket:
    """Return the ticket as it is now, and keep others from changing it until the transaction ends."""
    statement = select(Ticket).where(col(Ticket.guild_id) == guild_id, col(Ticket.number) == min(number, MAX_NUMBER))
    found = await session.execute(statement.with_for_update(), execution_options={"populate_existing": True})
    ticket = found.scalar_one_or_none()
    if ticket is None or number > MAX_NUMBER:
        raise TicketNotFound(number)
    return ticket


async def require_ticket(session: AsyncSession, guild_id: int, number: int) -> Ticket:
    """Return the ticket; raise TicketNotFound if there is none."""
    ticket = await Ticket.get_by_id(session, (guild_id, number)) if 0 < number <= MAX_NUMBER else None
    if ticket is None:
        raise TicketNotFound(number)
    return ticket


async def require_category(session: AsyncSession, guild_id: int, number: int) -> TicketCategory:
    """Return the category; raise CategoryNotFound if there is none, or if it is for old tickets only."""
    category = await TicketCategory.get_by_id(session, (guild_id, number)) if 0 < number <= MAX_NUMBER else None
    if category is None or category.is_archived:
        raise CategoryNotFound
    return category


async def staff_roles(session: AsyncSession, guild_id: int, category: int) -> frozenset[int]:
    """Return the roles that answer the tickets of the category."""
    of_category = (col(TicketStaffRole.guild_id) == guild_id, col(TicketStaffRole.category) == category)
    return frozenset((await session.execute(select(col(TicketStaffRole.role_id)).where(*of_category))).scalars())


async def staff_roles_by_category(session: AsyncSession, guild_id: int) -> dict[int, frozenset[int]]:
    """Return the same of all categories of the guild that have such roles, by number."""
    found: dict[int, set[int]] = {}
    columns = select(col(TicketStaffRole.category), col(TicketStaffRole.role_id))
    for category, role_id in await session.execute(columns.where(col(TicketStaffRole.guild_id) == guild_id)):
        found.setdefault(category, set()).add(role_id)
    return {category: frozenset(role_ids) for category, role_ids in found.items()}


async def standing_of(session: AsyncSession, ticket: Ticket) -> Standing:
    """Return who is who in the ticket."""
    of_ticket = (
        col(TicketParticipant.guild_id) == ticket.guild_id,
        col(TicketParticipant.number) == ticket.number,
    )
    participants = (await session.execute(select(col(TicketParticipant.user_id)).where(*of_ticket))).scalars()
    roles = await staff_roles(session, ticket.guild_id, ticket.category)
    return Standing(ticket.opener_id, ticket.assignee_id, roles, frozenset(participants))


async def detail_of(session: AsyncSession, ticket: Ticket) -> TicketDetail:
    """Return the ticket with all that belongs to it."""
    category = await session.get_one(TicketCategory, (ticket.guild_id, ticket.category))
    of_ticket = (col(TicketTag.guild_id) == ticket.guild_id, col(TicketTag.number) == ticket.number)
    tags = (await session.execute(select(col(TicketTag.tag)).where(*of_ticket).order_by(col(TicketTag.tag)))).scalars()
    return TicketDetail(ticket, category, await standing_of(session, ticket), tuple(tags))
