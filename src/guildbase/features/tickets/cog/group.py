"""The group that all commands of tickets are in, and what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord.ext import commands

from guildbase.bot.cog import BaseCog
from guildbase.bot.commands import hybrid_group
from guildbase.bot.context import Context
from guildbase.core.errors import InvalidInput
from guildbase.core.i18n import _
from guildbase.features.tickets.kinds import MAX_NUMBER

if TYPE_CHECKING:
    from guildbase.features.tickets.controller import CategoryController, PanelController, TicketController

Number = commands.Range[int, 1, MAX_NUMBER]
"""A ticket, or a category or panel; where it may be left out it is 0, as discord.py takes no `Range | None`."""


class TicketGroup(BaseCog):
    """What every part of the commands builds on."""

    @hybrid_group()
    @commands.guild_only()
    async def ticket(self, ctx: Context) -> None:
        """Get help from the staff, and give it."""
        raise InvalidInput(_("Say what to do."), hint=_("`/ticket open` opens a ticket; `/ticket list` shows yours."))

    @property
    def tickets(self) -> TicketController:
        """The business logic of tickets; loaded at its first use, because the start has to be quick."""
        from guildbase.features.tickets.controller import TicketController

        return self.controller(TicketController)

    @property
    def categories(self) -> CategoryController:
        """The business logic of categories."""
        from guildbase.features.tickets.controller import CategoryController

        return self.controller(CategoryController)

    @property
    def panels(self) -> PanelController:
        """The business logic of panels."""
        from guildbase.features.tickets.controller import PanelController

        return self.controller(PanelController)

    async def number(self, ctx: Context, number: int | None = 0) -> int:
        """Return the ticket that is meant: the one of that number, or of this channel if none is given."""
        channel: Any = ctx.channel
        return number or await self.tickets.at(self.guild(ctx).id, channel.id)
