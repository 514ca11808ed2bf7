"""Who may read what was written in a ticket, and who answers it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from guildbase.core.errors import PermissionDenied
from guildbase.core.i18n import _
from guildbase.core.ports import Caller
from guildbase.features.tickets import rules
from guildbase.features.tickets.controller.errors import TicketNotFound, not_yours
from guildbase.features.tickets.controller.reading import require_ticket, standing_of
from guildbase.features.tickets.kinds import Part
from guildbase.features.tickets.models import Ticket, TicketStaffRole

TEAM = frozenset({Part.STAFF, Part.ADMIN, Part.SYSTEM})
READERS = TEAM | {Part.OPENER, Part.ASSIGNEE}
"""Who was only added to a ticket for a while reads what is written in its channel, and no transcript of all of it."""


async def ticket_for(
    session: AsyncSession, caller: Caller, guild_id: int, number: int, parts: frozenset[Part]
) -> Ticket:
    """Return the ticket if the caller is one of these in it.

    Raises:
        TicketNotFound: there is no such ticket, or the caller may not know of it.
        PermissionDenied: they see the ticket and are none of these.
    """
    ticket = await require_ticket(session, guild_id, number)
    found = rules.parts_of(caller, guild_id, await standing_of(session, ticket))
    if not found:
        raise TicketNotFound(number)
    if found.isdisjoint(parts):
        raise not_yours()
    return ticket


async def require_team(session: AsyncSession, caller: Caller, guild_id: int) -> None:
    """Return if the caller answers the tickets of some category, or is an admin.

    Raises:
        PermissionDenied: they are neither.
    """
    if rules.may_configure(caller, guild_id):
        return
    theirs = (col(TicketStaffRole.guild_id) == guild_id, col(TicketStaffRole.role_id).in_(caller.role_ids))
    answers = select(col(TicketStaffRole.category)).where(*theirs).limit(1)
    if caller.guild_id != guild_id or (await session.execute(answers)).first() is None:
        raise PermissionDenied(
            _("This is for the staff of tickets."), hint=_("An admin gives a category its staff by `/ticket category`.")
        )
