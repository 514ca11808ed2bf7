"""The one group of commands that the parts make together; each part is a file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guildbase.features.tickets.cog.blocks import BlockCommands
from guildbase.features.tickets.cog.life import LifeCommands
from guildbase.features.tickets.cog.setting_up import SetUpCommands
from guildbase.features.tickets.cog.staff import StaffCommands
from guildbase.features.tickets.cog.stats import StatsCommands
from guildbase.features.tickets.cog.transcript import TranscriptCommands

if TYPE_CHECKING:
    from guildbase.bot.lasting import LastingView


class Tickets(LifeCommands, StaffCommands, SetUpCommands, TranscriptCommands, StatsCommands, BlockCommands):
    """Get help from the staff, and give it."""

    async def cog_load(self) -> None:
        """Let the buttons of tickets and panels work for good."""
        from guildbase.features.tickets.views.buttons import ClosedButtons, CloseQuestion, TicketButtons
        from guildbase.features.tickets.views.panel import OpenButton, PanelMenu

        await super().cog_load()
        self._lasting: list[LastingView] = [TicketButtons(), CloseQuestion(), ClosedButtons(), PanelMenu()]
        for view in self._lasting:
            self.bot.add_view(view)
        self.bot.add_dynamic_items(OpenButton)

    async def cog_unload(self) -> None:
        """Let go of the buttons."""
        from guildbase.features.tickets.views.panel import OpenButton

        await super().cog_unload()
        for view in self._lasting:
            view.stop()
        self.bot.remove_dynamic_items(OpenButton)
