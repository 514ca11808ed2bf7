"""What is written in tickets: kept for the transcript, and it tells which side the ticket waits for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import discord

from guildbase.bot.callers import caller_of_member

if TYPE_CHECKING:
    from guildbase.bot.router import IncomingMessage
    from guildbase.features.tickets.controller.places import PlaceController


async def keep_message(incoming: IncomingMessage) -> bool:
    """Keep a message of a ticket; all others cost two look-ups in memory."""
    message = incoming.message
    if message.guild is None:
        return False
    places, guild_id = incoming.controller(_places()), message.guild.id
    known = places.peek(guild_id)
    number = (await places.load(guild_id) if known is None else known).get(message.channel.id)
    if number is not None and isinstance(message.author, discord.Member):
        await _keep(incoming, message.author, guild_id, number)
    return False


@cache
def _places() -> type[PlaceController]:
    from guildbase.features.tickets.controller.places import PlaceController  # Not needed for the start.

    return PlaceController


async def _keep(incoming: IncomingMessage, author: discord.Member, guild_id: int, number: int) -> None:
    from guildbase.features.tickets.controller import TicketController
    from guildbase.features.tickets.controller.errors import WrongState
    from guildbase.features.tickets.controller.transcripts import TranscriptController
    from guildbase.features.tickets.effects.transcript import copy_of

    caller = await caller_of_member(author, incoming.bot)
    copy = copy_of(incoming.message)
    if await incoming.controller(TranscriptController).keep(caller, guild_id, number, copy, is_edit=incoming.is_edit):
        try:
            await incoming.controller(TicketController).wrote(guild_id, number, caller)
        except WrongState:
            return  # It was closed at this very moment.
