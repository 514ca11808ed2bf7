"""Pages that one turns with buttons."""

from __future__ import annotations

import discord

from guildbase.bot.context import Context
from guildbase.bot.views import BaseView, Interaction
from guildbase.core.i18n import _


class Pages(BaseView):
    """Embeds of which one is seen at a time."""

    def __init__(self, asker_id: int, embeds: list[discord.Embed], *, command: str) -> None:
        super().__init__(asker_id, command=command)
        self._embeds = embeds
        self._at = 0
        self._place_buttons()

    def _place_buttons(self) -> None:
        self.clear_items()
        self.button("back", _("Back"), self._back, disabled=self._at == 0)
        self.button("on", _("Next"), self._on, disabled=self._at == len(self._embeds) - 1)

    async def _back(self, interaction: Interaction) -> None:
        await self._turn(interaction, -1)

    async def _on(self, interaction: Interaction) -> None:
        await self._turn(interaction, 1)

    async def _turn(self, interaction: Interaction, by: int) -> None:
        self._at = min(max(self._at + by, 0), len(self._embeds) - 1)
        self._place_buttons()
        await self.show(interaction, embed=self._embeds[self._at])


async def send_pages(ctx: Context, embeds: list[discord.Embed], *, command: str) -> None:
    """Answer with the embeds, with buttons if there are several."""
    if len(embeds) == 1:
        await ctx.send(embed=embeds[0], ephemeral=True)
        return
    await Pages(ctx.author.id, embeds, command=command).send(ctx, embed=embeds[0])
