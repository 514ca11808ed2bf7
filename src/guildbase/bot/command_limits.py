"""How often a person may use commands in a server, however they are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from guildbase.core.errors import RateLimited
from guildbase.core.ports import GuildSnapshots
from guildbase.services.rate_limits import COMMAND_REFUSALS, COMMANDS, FREE, RateLimits

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot


async def count_command(bot: GuildbaseBot, user: discord.abc.User, guild_id: int | None) -> None:
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


async def is_told(bot: GuildbaseBot, user: discord.abc.User, guild_id: int | None) -> bool:
    """Tell whether a refused text command is answered: the first one, or the answers would be a flood themselves."""
    try:
        await bot.services.get(RateLimits).hit(COMMAND_REFUSALS, f"{guild_id}:{user.id}")
    except RateLimited:
        return False
    return True
