"""Establishes who runs a command or presses a button, for controllers to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from guildbase.bot.context import Context
from guildbase.bot.gate import GRANTED
from guildbase.bot.timeouts import is_timed_out, level_of
from guildbase.core.ports import Caller, GuildSnapshots
from guildbase.services.container import BotServices

if TYPE_CHECKING:
    from guildbase.bot.client import GuildbaseBot


async def caller_of(ctx: Context, services: BotServices) -> Caller:
    """Return who runs the command."""
    granted = ctx.granted if ctx.interaction is None else ctx.interaction.extras.get(GRANTED, 0)
    return await _caller(ctx.author, ctx.guild, services, owners=ctx.bot.owners, granted=granted)


async def caller_of_press(interaction: discord.Interaction[Any], services: BotServices) -> Caller:
    """Return who presses a button, picks from a menu or sends a form."""
    owners, granted = interaction.client.owners, interaction.extras.get(GRANTED, 0)
    return await _caller(interaction.user, interaction.guild, services, owners=owners, granted=granted)


async def caller_of_member(member: discord.Member, bot: GuildbaseBot) -> Caller:
    """Return the member as the caller that they would be, to explain what they may do."""
    return await _caller(member, member.guild, bot.services, owners=bot.owners, granted=0)


async def _caller(
    author: discord.User | discord.Member,
    guild: discord.Guild | None,
    services: BotServices,
    *,
    owners: frozenset[int],
    granted: int,
) -> Caller:
    """Return the caller with the permissions, level and standing that Discord and the guild give them."""
    if guild is None or not isinstance(author, discord.Member):
        return Caller(user_id=author.id, name=str(author), is_bot_owner=author.id in owners)
    snapshots = services.get(GuildSnapshots)
    snapshot = snapshots.peek(guild.id) or await snapshots.load(guild.id)
    role_ids = frozenset(role.id for role in author.roles)
    # In the server, not in this channel: what moderation does reaches all channels.
    own = author.guild_permissions.value
    return Caller(
        user_id=author.id,
        guild_id=guild.id,
        name=str(author),
        permissions=own | granted,
        granted=granted & ~own,
        level=level_of(author, snapshot, role_ids),
        top_role=author.top_role.position,
        role_ids=role_ids,
        is_guild_owner=guild.owner_id == author.id,
        is_timed_out=is_timed_out(author),
        is_bot_owner=author.id in owners,
    )
