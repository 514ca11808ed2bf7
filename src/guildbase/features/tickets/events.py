"""What tickets announce."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.events import Event


@dataclass(frozen=True, slots=True)
class TicketChanged(Event):
    """Something became of a ticket; heard inside the transaction, what follows can be promised with it."""

    guild_id: int
    number: int
    happening: str
    """One of `Happening`."""
