"""A ticket is given to a member by programs that know no roles: they ask the bot, which sees the member."""

from __future__ import annotations

from guildbase.core.ports import Caller
from guildbase.features.tickets.controller.tickets import Helper, TicketController
from guildbase.features.tickets.models import Ticket
from guildbase.features.tickets.questions import HELPER, AskHelper
from guildbase.services.controller import BaseController
from guildbase.services.pubsub.requests import Requests


class HelperController(BaseController):
    """Assigns tickets by the id of a member alone."""

    async def assign(self, caller: Caller, guild_id: int, number: int, user_id: int) -> Ticket:
        """Give the ticket to the member.

        Raises:
            NotFound: they are no member, or there is no such ticket for the caller.
            PermissionDenied: the caller does not answer the ticket.
            InvalidInput: the member is not of its staff.
            NoReply: no bot process has the server now.
        """
        tickets = self.services.get(TicketController)
        await tickets.get(caller, guild_id, number)  # Whoever may not know of it learns nothing of members.
        seen = await self.services.get(Requests).ask_guild(HELPER, guild_id, AskHelper(guild_id, user_id))
        helper = Helper(user_id, seen.name, seen.role_ids, seen.is_admin)
        return await tickets.assign(caller, guild_id, number, helper)
