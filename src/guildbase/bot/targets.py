"""Turns Discord's objects into the plain values that controllers decide by."""

from __future__ import annotations

import discord

from guildbase.core.targets import BotStanding, Target


def target_of(guild: discord.Guild, person: discord.User | discord.Member | discord.ClientUser) -> Target:
    """Return the person as somebody to act on in the server; a user who is a member there counts as the member."""
    member = person if isinstance(person, discord.Member) and person.guild == guild else guild.get_member(person.id)
    return Target(
        user_id=person.id,
        name=str(person),
        top_role=member.top_role.position if member else 0,
        is_guild_owner=person.id == guild.owner_id,
        is_bot=person.bot,
        is_member=member is not None,
        is_this_bot=person.id == guild.me.id,
        role_ids=frozenset(role.id for role in member.roles) if member else frozenset(),
    )


def bot_standing(guild: discord.Guild) -> BotStanding:
    """Return what the bot may do in the server."""
    return BotStanding(guild.me.guild_permissions.value, guild.me.top_role.position)
