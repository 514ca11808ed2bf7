"""Panels: a button for each category, or one menu of them all. They work for good, whatever became of the panel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import discord

from guildbase.bot.components import MAX_OPTIONS, cut
from guildbase.bot.lasting import OURS, LastingButton, LastingView
from guildbase.bot.views import Interaction
from guildbase.core.i18n import _
from guildbase.features.tickets.views.opening import COMMAND, open_here

if TYPE_CHECKING:
    from guildbase.features.tickets.models import TicketCategory, TicketPanel

COLOUR = 0x5865F2


class OpenButton(LastingButton, template=rf"{OURS}ticket-open:(?P<category>[0-9]{{1,10}})"):
    """Opens a ticket of the category whose number it carries."""

    command = COMMAND

    def __init__(self, category: int, label: str, emoji: str | None = None) -> None:
        custom_id = f"{OURS}ticket-open:{category}"
        style = discord.ButtonStyle.primary
        super().__init__(discord.ui.Button(label=cut(label, 80), emoji=emoji, custom_id=custom_id, style=style))
        self.category = category

    @classmethod
    async def from_custom_id(  # type: ignore[override]
        cls, _interaction: Interaction, item: discord.ui.Button[Any], match: re.Match[str], /
    ) -> Self:
        """Return the button that was pressed."""
        return cls(int(match["category"]), item.label or "")

    async def press(self, interaction: Interaction) -> None:
        """Open the ticket."""
        await open_here(interaction, self.category)


class PanelMenu(LastingView):
    """The menu of a panel; the cog's one answers those of all panels."""

    def __init__(self, options: Sequence[discord.SelectOption] = ()) -> None:
        super().__init__("ticket-menu", command=COMMAND)
        shown = list(options) or [discord.SelectOption(label="-", value="0")]
        self.menu("choose", _("Choose what it is about"), shown[:MAX_OPTIONS], self._chosen)

    async def _chosen(self, interaction: Interaction, values: Sequence[str]) -> None:
        await open_here(interaction, int(values[0]))


def panel_embed(panel: TicketPanel, categories: Sequence[TicketCategory]) -> discord.Embed:
    """Return what the panel says."""
    embed = discord.Embed(title=panel.title, description=panel.description or None, colour=COLOUR)
    if not categories:
        embed.set_footer(text=_("No tickets are taken at the moment."))
    elif not panel.is_menu:
        for category in categories:
            if category.description:
                embed.add_field(name=category.name, value=category.description)
    return embed


def panel_view(panel: TicketPanel, categories: Sequence[TicketCategory]) -> discord.ui.View:
    """Return the panel's buttons or menu."""
    if panel.is_menu and categories:
        return PanelMenu(
            [
                discord.SelectOption(
                    label=category.name,
                    value=str(category.number),
                    description=category.description or None,
                    emoji=category.emoji or None,
                )
                for category in categories
            ]
        )
    view = discord.ui.View(timeout=None)
    for category in categories:
        view.add_item(OpenButton(category.number, category.name, category.emoji or None))
    return view
