"""Who may have one more ticket open."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.features.tickets.controller.errors import BlockedFromTickets, TooManyOpen
from guildbase.features.tickets.kinds import LIVE
from guildbase.features.tickets.models import Ticket, TicketBlock, TicketCategory


async def require_room(session: AsyncSession, category: TicketCategory, user_id: int) -> Ticket | None:
    """Return the newest ticket of the category that the person has open, None if they have none.

    Raises:
        BlockedFromTickets: they may open none.
        TooManyOpen: they have as many of these open as they may.
    """
    block = await TicketBlock.get_by_id(session, (category.guild_id, user_id))
    if block is not None and (block.expires_at is None or block.expires_at > utcnow()):
        raise BlockedFromTickets
    theirs = (
        col(Ticket.guild_id) == category.guild_id,
        col(Ticket.opener_id) == user_id,
        col(Ticket.category) == category.number,
        col(Ticket.state).in_(LIVE),
    )
    newest_first = (col(Ticket.number).desc(),)
    newest = await Ticket.get_multi(session, *theirs, order_by=newest_first, limit=category.open_limit)
    if len(newest) >= category.open_limit:
        raise TooManyOpen(newest[0].number, newest[0].channel_id)
    return newest[0] if newest else None
