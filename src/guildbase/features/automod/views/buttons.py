"""The buttons of an alert, light enough to be known from the start of the bot."""

from __future__ import annotations

import re
from typing import Any, Self
from uuid import UUID

import discord

from guildbase.bot.components import Interaction, cut
from guildbase.bot.context import answer
from guildbase.bot.lasting import OURS, LastingButton
from guildbase.bot.views import replace
from guildbase.core.i18n import marked, translated

LABELS = {
    "undo": marked("Undo"),
    "ban": marked("Ban"),
    "dismiss": marked("Dismiss"),
    "allow": marked("Let this through"),
}


class AlertButton(LastingButton, template=rf"{OURS}automod:(?P<verb>undo|ban|dismiss|allow):(?P<id>[0-9a-f]{{32}})"):
    """One button of an alert."""

    command = "automod violations list"

    def __init__(self, verb: str, violation_id: UUID) -> None:
        style = discord.ButtonStyle.danger if verb == "ban" else discord.ButtonStyle.secondary
        custom_id = f"{OURS}automod:{verb}:{violation_id.hex}"
        super().__init__(discord.ui.Button(label=translated(LABELS[verb]), style=style, custom_id=custom_id))
        self.verb, self.violation_id = verb, violation_id

    @classmethod
    async def from_custom_id(  # type: ignore[override]
        cls, _interaction: Interaction, _item: discord.ui.Item[Any], found: re.Match[str], /
    ) -> Self:
        """Return the button of the id."""
        return cls(found["verb"], UUID(found["id"]))

    async def press(self, interaction: Interaction) -> None:
        """Do what the button says, and put under the alert who did it."""
        from guildbase.features.automod.views import alerts

        guild, message, caller = interaction.guild, interaction.message, await self.caller(interaction)
        if guild is None:
            return  # Alerts stand in servers only.
        verbs = {"undo": alerts.undo, "ban": alerts.ban, "dismiss": alerts.dismiss, "allow": alerts.allow}
        done = await verbs[self.verb](interaction, caller, guild, self.violation_id)
        if message is None or not message.embeds:
            await answer(interaction, done)
            return
        embed = message.embeds[0]
        embed.add_field(name=translated(LABELS[self.verb]), value=cut(f"{caller.name}: {done}", 1024), inline=False)
        await replace(interaction, embed=embed, view=None)
