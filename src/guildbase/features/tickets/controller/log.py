"""The activity log of a ticket: every change of a ticket is an entry in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guildbase.core.clock import utcnow
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets.events import TicketChanged
from guildbase.features.tickets.kinds import Happening
from guildbase.features.tickets.models import Ticket, TicketEvent


async def append(
    work: UnitOfWork, ticket: Ticket, happening: Happening, details: Mapping[str, Any] | None = None
) -> TicketEvent:
    """Add the entry, which names the transaction's caller, and tell who hears of tickets; the ticket must be locked."""
    now = utcnow()
    ticket.events += 1
    ticket.active_at = now
    entry = TicketEvent(
        guild_id=ticket.guild_id,
        number=ticket.number,
        event=ticket.events,
        happening=happening.value,
        actor_id=work.caller.user_id,
        actor_name="" if work.caller.is_system else work.caller.name[:100],
        details=dict(details or {}),
        happened_at=now,
    )
    work.session.add(entry)
    await work.session.flush()
    await work.announce(TicketChanged(ticket.guild_id, ticket.number, happening.value))
    return entry
