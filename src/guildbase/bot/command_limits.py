"""How often a person may use commands in a server, however they are used."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from guildbase.bot.context import Context
from guildbase.core.errors import RateLimited
from guildbase.core.ports import GuildSnapshots
from guildbase.services.rate_limits import COMMAND_REFUSALS, COMMANDS, FREE, RateLimits

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot


async def require_turn(bot: GuildbaseBot, user: discord.abc.User, guild_id: int | None) -> None:
    """Count one command of the person; the bot's owners may use as many as they like.

    Raises:
        RateLimited: this is one too many.
    """
    snapshot = bot.services.get(GuildSnapshots).peek(guild_id) if guild_id is not None else None
    tier = FREE if snapshot is None else snapshot.tier
    try:
        await bot.services.get(RateLimits).hit(COMMANDS, f"{guild_id}:{user.id}", tier=tier)
    except RateLimited:
        # Asked only now, because Discord may have to be asked who owns the application.
        if not await bot.is_owner(user):
            raise


async def run_counted(bot: GuildbaseBot, ctx: Context) -> None:
    """Run the text command if the person may use one more; of those that are too many the first is answered."""
    guild_id = ctx.guild.id if ctx.guild else None
    try:
        await require_turn(bot, ctx.author, guild_id)
    except RateLimited as refusal:
        # An answer to each would be a flood of our own.
        with contextlib.suppress(RateLimited):
            await bot.services.get(RateLimits).hit(COMMAND_REFUSALS, f"{guild_id}:{ctx.author.id}")
            await bot.on_command_error(ctx, commands.CommandInvokeError(refusal))
        return
    await bot.invoke(ctx)
