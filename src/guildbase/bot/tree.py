"""The tree of application commands: correlation id, late deferral and the error chain for each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord import app_commands

from guildbase.bot.command_limits import require_turn
from guildbase.bot.context import LateDefer, settle
from guildbase.bot.errors import explain
from guildbase.core.errors import RateLimited

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

    _Base = app_commands.CommandTree[GuildbaseBot]
else:
    _Base = app_commands.CommandTree

log = structlog.get_logger(__name__)


class CommandTree(_Base):
    """Runs slash commands and context menus."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Tie everything that follows to the interaction's id, count the command, and watch the 3 seconds."""
        self.client.work.add(asyncio.current_task())
        structlog.contextvars.bind_contextvars(correlation_id=str(interaction.id))
        # What is asked while a command is typed is no use of it.
        if interaction.type is discord.InteractionType.application_command:
            try:
                await require_turn(self.client, interaction.user, interaction.guild_id)
            except RateLimited as refusal:
                await _answer(interaction, refusal.text)
                return False
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
        await _answer(interaction, explanation.text)


async def _answer(interaction: discord.Interaction[Any], text: str) -> None:
    try:
        await settle(interaction)
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except discord.HTTPException as failure:
        name = interaction.command.qualified_name if interaction.command else ""
        log.warning("error_not_told", command=name, reason=str(failure))
