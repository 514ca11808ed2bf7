"""How often a person may use commands in a server, however they are used, and press buttons."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from guildbase.bot.context import Context
from guildbase.bot.gate import passes_text
from guildbase.bot.timeouts import level_of
from guildbase.core.errors import RateLimited
from guildbase.core.ports import GuildSnapshot, GuildSnapshots, Standings
from guildbase.services.rate_limits import COMMAND_REFUSALS, COMMANDS, FREE, STAFF_COMMANDS, Policy, RateLimits

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot

STAFF = discord.Permissions(moderate_members=True, kick_members=True, ban_members=True, manage_messages=True)
"""Whoever has one of these moderates, and so does whoever has the level below."""
STAFF_LEVEL = 3


async def require_turn(
    bot: GuildbaseBot, user: discord.abc.User, guild_id: int | None, policy: Policy = COMMANDS
) -> None:
    """Count one command of the person, or press; the bot's owners, and the trusted, have as many as they like.

    Moderators have more commands than others.

    Raises:
        RateLimited: this is one too many.
    """
    snapshot = bot.services.get(GuildSnapshots).peek(guild_id) if guild_id is not None else None
    if user.id in bot.owners or _is_trusted(bot, user.id, snapshot):
        return
    if policy is COMMANDS and _is_staff(user, snapshot):
        policy = STAFF_COMMANDS
    tier = FREE if snapshot is None else snapshot.tier
    await bot.services.get(RateLimits).hit(policy, f"{guild_id}:{user.id}", tier=tier)


def _is_trusted(bot: GuildbaseBot, user_id: int, snapshot: GuildSnapshot | None) -> bool:
    if not bot.services.has(Standings):
        return False
    standing = bot.services.get(Standings).of(user_id, snapshot)
    return standing is not None and standing.is_trusted


def _is_staff(user: discord.abc.User, snapshot: GuildSnapshot | None) -> bool:
    if not isinstance(user, discord.Member):
        return False
    if user.guild_permissions.value & STAFF.value:
        return True
    role_ids = frozenset(role.id for role in user.roles)
    return snapshot is not None and level_of(user, snapshot, role_ids) >= STAFF_LEVEL


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
    if await passes_text(bot, ctx):
        await bot.invoke(ctx)
