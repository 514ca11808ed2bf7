"""Which channels and threads are tickets, told without waiting: every message of every server asks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import col, select

from guildbase.features.tickets.controller.reading import is_watched
from guildbase.features.tickets.models import Ticket
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.pubsub import PubSub, Topic


@dataclass(frozen=True, slots=True)
class PlacesChanged:
    """A ticket of the guild got a channel, or lost it."""

    guild_id: int


PLACES_CHANGED = Topic("tickets.places", PlacesChanged)


class PlaceController(BaseController):
    """What this process knows of the tickets' channels; it is read anew after a change, wherever that was made."""

    def __init__(self, services: BotServices) -> None:
        super().__init__(services)
        self._places: dict[int, Mapping[int, int]] = {}
        self._changes = 0
        self._one_reads = asyncio.Lock()
        pubsub = services.get(PubSub)
        pubsub.subscribe(PLACES_CHANGED, lambda changed: self._forget(changed.guild_id))
        pubsub.on_gap(self.forget_all)

    def peek(self, guild_id: int) -> Mapping[int, int] | None:
        """Return the numbers of the guild's tickets by their channels if they are in memory."""
        return self._places.get(guild_id)

    async def load(self, guild_id: int) -> Mapping[int, int]:
        """Return the numbers of the guild's tickets by their channels."""
        # One at a time: after a gap all servers are read anew, which must not take every connection.
        async with self._one_reads:
            known = self._places.get(guild_id)
            return await self._read(guild_id) if known is None else known

    async def _read(self, guild_id: int) -> Mapping[int, int]:
        changes = self._changes
        watched = (col(Ticket.guild_id) == guild_id, is_watched())
        async with self.reading() as session:
            rows = await session.execute(select(Ticket.channel_id, Ticket.number).where(*watched))
            found = {channel_id: number for channel_id, number in rows if channel_id is not None}
        if changes == self._changes:  # What changed while it was read would be missing for good.
            self._places[guild_id] = found
        return found

    def _forget(self, guild_id: int) -> None:
        self._changes += 1
        self._places.pop(guild_id, None)

    def forget_all(self) -> None:
        """Read everything anew: messages of other processes may have been lost."""
        self._changes += 1
        self._places.clear()
