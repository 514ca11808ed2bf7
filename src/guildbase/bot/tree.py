"""The tree of application commands: correlation id, late deferral and the error chain for each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord import app_commands

from guildbase.bot.command_limits import require_turn
from guildbase.bot.context import LateDefer, answer
from guildbase.bot.errors import explain
from guildbase.bot.gate import passes_interaction
from guildbase.bot.languages import speak_to

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

    _Base = app_commands.CommandTree[GuildbaseBot]
else:
    _Base = app_commands.CommandTree


class CommandTree(_Base):
    """Runs slash commands and context menus."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Tie everything that follows to the interaction's id, count the command, and watch the 3 seconds."""
        self.client.work.add(asyncio.current_task())
        structlog.contextvars.bind_contextvars(correlation_id=str(interaction.id))
        # What is asked while a command is typed is no use of it.
        is_use = interaction.type is discord.InteractionType.application_command
        if is_use:
            LateDefer(interaction)
        try:
            await speak_to(interaction, self.client.services)
            if is_use:
                await require_turn(self.client, interaction.user, interaction.guild_id)
            return await passes_interaction(self.client, interaction)
        except Exception as error:
            # discord.py would tell nobody.
            await self._tell(interaction, error)
            return False

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Answer with an explanation of the error."""
        await self._tell(interaction, error)

    async def _tell(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        name = interaction.command.qualified_name if interaction.command else ""
        explanation = explain(
            error,
            lambda cause: self.client.report(
                cause, "command", name, guild_id=interaction.guild_id, user_id=interaction.user.id
            ),
            command=name,
        )
        if explanation is None:
            return
        if name and interaction.type is discord.InteractionType.application_command:
            status = "failed" if explanation.error_id else "refused"
            self.client.count_command(name, status, interaction.guild_id)
        await answer(interaction, explanation.text)
