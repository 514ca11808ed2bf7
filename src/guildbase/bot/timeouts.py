"""Whom Discord keeps from doing anything for a time: meanwhile the permission level does not count either."""

from __future__ import annotations

import discord

from guildbase.core.ports import GuildSnapshot


def is_timed_out(member: discord.Member) -> bool:
    """Tell whether a time-out takes the member's permissions; owners and administrators keep theirs."""
    return member.is_timed_out() and not member.guild_permissions.administrator


def level_of(member: discord.Member, snapshot: GuildSnapshot, role_ids: frozenset[int]) -> int:
    """Return the permission level that the member's roles give now."""
    return 0 if is_timed_out(member) else snapshot.level_of(role_ids)
