"""The button under the first words in a server; it works for as long as the message is there."""

from __future__ import annotations

import discord

from guildbase.bot.lasting import LastingView
from guildbase.bot.views import Interaction
from guildbase.core.i18n import _


class BeginView(LastingView):
    """Opens the setup; who may not manage the server is told so."""

    def __init__(self) -> None:
        super().__init__("setup", command="setup")
        self.button("begin", _("Set up"), _begin, style=discord.ButtonStyle.primary)


async def _begin(interaction: Interaction) -> None:
    from guildbase.features.setup.views.wizard import SetupWizard  # not needed for the start.

    await SetupWizard(interaction.client, interaction.user.id, interaction.guild_id or 0).open(interaction)
