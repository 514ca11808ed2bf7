"""Establishes who runs a command, for controllers to judge."""

from __future__ import annotations

import discord

from guildbase.bot.context import Context
from guildbase.core.ports import Caller, GuildSnapshots
from guildbase.services.container import BotServices


async def caller_of(ctx: Context, services: BotServices) -> Caller:
    """Return the caller with the permissions, level and standing that Discord and the guild give them."""
    author, guild = ctx.author, ctx.guild
    if guild is None or not isinstance(author, discord.Member):
        return Caller(user_id=author.id, name=str(author))
    snapshots = services.get(GuildSnapshots)
    snapshot = snapshots.peek(guild.id) or await snapshots.load(guild.id)
    return Caller(
        user_id=author.id,
        guild_id=guild.id,
        name=str(author),
        # In the server, not in this channel: what moderation does reaches all channels.
        permissions=author.guild_permissions.value,
        level=snapshot.level_of(frozenset(role.id for role in author.roles)),
        top_role=author.top_role.position,
        is_guild_owner=guild.owner_id == author.id,
    )
