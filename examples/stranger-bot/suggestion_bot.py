"""A plain discord.py bot: members suggest, the staff accepts, and whoever suggested is told."""

from __future__ import annotations

import os

import discord
from discord import app_commands
from discord.ext import commands

CHANNEL = "suggestions"


class Suggest(discord.ui.Modal, title="Suggest something"):
    """Asks for the suggestion."""

    text: discord.ui.TextInput[Suggest] = discord.ui.TextInput(label="Your suggestion", min_length=5, max_length=500)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Put it where all see it."""
        place = discord.utils.get(interaction.guild.text_channels, name=CHANNEL) if interaction.guild else None
        if place is None or not place.permissions_for(place.guild.me).send_messages:
            await interaction.response.send_message(f"I cannot write in #{CHANNEL}.", ephemeral=True)
            return
        embed = discord.Embed(title="Suggestion", description=self.text.value)
        embed.set_footer(text=str(interaction.user.id))
        message = await place.send(embed=embed, view=Decide())
        await message.add_reaction("👍")
        await interaction.response.send_message(f"It is in {place.mention}.", ephemeral=True)


class Decide(discord.ui.View):
    """The buttons below a suggestion; they work after a restart as well."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    async def interaction_check(self, interaction: discord.Interaction) -> bool:
        """Let only the staff decide."""
        if interaction.permissions.manage_guild:
            return True
        await interaction.response.send_message("Only the staff decides.", ephemeral=True)
        return False

    @discord.ui.button(label="Accept", style=discord.ButtonStyle.success, custom_id="suggestion:accept")
    async def accept(self, interaction: discord.Interaction, _: discord.ui.Button[Decide]) -> None:
        """Accept it and tell its author, who may not want to hear from bots."""
        if interaction.message is None:
            return
        embed = interaction.message.embeds[0]
        embed.title = f"Accepted by {interaction.user.display_name}"
        await interaction.response.edit_message(embed=embed, view=None)
        author = await interaction.client.fetch_user(int(embed.footer.text or 0))
        try:
            await author.send(f"Your suggestion was accepted: {embed.description}")
        except discord.Forbidden:
            await interaction.followup.send("They take no direct messages.", ephemeral=True)


class SuggestionBot(commands.Bot):
    """The bot with its one command."""

    def __init__(self) -> None:
        super().__init__(commands.when_mentioned, intents=discord.Intents.default())
        self.tree.add_command(suggest)

    async def setup_hook(self) -> None:
        """Register the command and the buttons."""
        self.add_view(Decide())
        await self.tree.sync()


@app_commands.command()
@app_commands.guild_only()
async def suggest(interaction: discord.Interaction) -> None:
    """Suggest something."""
    await interaction.response.send_modal(Suggest())


if __name__ == "__main__":
    SuggestionBot().run(os.environ["DISCORD_TOKEN"])
