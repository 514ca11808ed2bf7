"""The tree of application commands: correlation id, late deferral and the error chain for each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord import app_commands

from guildbase.bot.context import LateDefer, settle
from guildbase.bot.errors import explain

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

    _Base = app_commands.CommandTree[GuildbaseBot]
else:
    _Base = app_commands.CommandTree

log = structlog.get_logger(__name__)


class CommandTree(_Base):
    """Runs slash commands and context menus."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Tie everything that follows to the interaction's id, and watch the 3 seconds."""
        self.client.work.add(asyncio.current_task())
        structlog.contextvars.bind_contextvars(correlation_id=str(interaction.id))
        if interaction.type is discord.InteractionType.application_command:
            LateDefer(interaction)
        return True

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """Answer with an explanation of the error."""
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
        if name:
            status = "failed" if explanation.error_id else "refused"
            self.client.count_command(name, status, interaction.guild_id)
        try:
            await settle(interaction)
            if interaction.response.is_done():
                await interaction.followup.send(explanation.text, ephemeral=True)
            else:
                await interaction.response.send_message(explanation.text, ephemeral=True)
        except discord.HTTPException as failure:
            log.warning("error_not_told", command=name, reason=str(failure))
