"""Tickets whose channel or thread was deleted by hand: they are closed and not stuck, and can be opened again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress

from sqlmodel import col, select

from guildbase.features.tickets.controller.errors import WrongState
from guildbase.features.tickets.controller.reading import is_watched
from guildbase.features.tickets.controller.tickets import TicketController
from guildbase.features.tickets.kinds import TicketState
from guildbase.features.tickets.models import Ticket
from guildbase.services.controller import BaseController


class RecoveryController(BaseController):
    """Finds such tickets."""

    async def places(self, guild_ids: Collection[int]) -> dict[int, dict[int, int]]:
        """Return by guild the numbers of the tickets whose channel or thread is looked for, by its id."""
        watched = (col(Ticket.guild_id).in_(guild_ids), is_watched())
        found: dict[int, dict[int, int]] = defaultdict(dict)
        async with self.reading() as session:
            for guild_id, channel_id, number in await session.execute(
                select(Ticket.guild_id, Ticket.channel_id, Ticket.number).where(*watched)
            ):
                found[guild_id][channel_id] = number
        return found

    async def lost(self, guild_id: int, channel_id: int) -> int | None:
        """Keep that the channel or thread is gone; return the number of its ticket, None if it was none of ours."""
        here = (col(Ticket.guild_id) == guild_id, col(Ticket.channel_id) == channel_id)
        async with self.reading() as session:
            ticket = (await session.execute(select(Ticket).where(*here))).scalars().first()
        if ticket is None:
            return None
        tickets = self.services.get(TicketController)
        if ticket.state is TicketState.DELETED:
            # It was we who deleted it, and the work that did so may have been cut off.
            await tickets.removed(guild_id, ticket.number)
            return None
        with suppress(WrongState):  # It was deleted by a command at this very moment.
            await tickets.lost_place(guild_id, ticket.number, channel_id)
        return ticket.number
