"""Who is acted on, and what the bot may do there, as plain values: for decisions that know nothing of Discord."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """The person to act on, as Discord shows them."""

    user_id: int
    name: str
    top_role: int = 0
    """Position of the highest role; 0 is @everyone."""
    is_guild_owner: bool = False
    is_bot: bool = False
    is_member: bool = True
    is_this_bot: bool = False
    role_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class BotStanding:
    """What the bot may do in the server."""

    permissions: int
    """Its permission bits in the server, all of them for an administrator."""
    top_role: int
    """Position of its highest role."""
