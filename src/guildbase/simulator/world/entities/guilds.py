"""Guilds, roles and members."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities.channels import Channel


@dataclass(slots=True)
class Role:
    """A role; the one whose id is the guild's is @everyone, at position 0."""

    id: int
    name: str
    permissions: int
    position: int
    color: int = 0
    hoist: bool = False
    mentionable: bool = False
    managed: bool = False
    bot_id: int | None = None


@dataclass(slots=True)
class Member:
    """A user's place in a guild. Kept small, because a world may hold very many."""

    user_id: int
    joined_at: datetime
    nick: str | None = None
    roles: tuple[int, ...] = ()
    timed_out_until: datetime | None = None
    deaf: bool = False
    mute: bool = False
    voice_channel_id: int | None = None


@dataclass(slots=True)
class Guild:
    """A guild with everything in it; the bot is a member while its user id is among the members."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    bans: dict[int, str | None] = field(default_factory=dict)
    audit_log: deque[Json] = field(default_factory=lambda: deque(maxlen=500))
