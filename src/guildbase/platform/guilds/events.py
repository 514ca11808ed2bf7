"""What happens to guilds."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.events import Event


@dataclass(frozen=True, slots=True)
class GuildJoined(Event):
    """The bot came into a guild, for the first time or again."""

    guild_id: int


@dataclass(frozen=True, slots=True)
class GuildLeft(Event):
    """The bot was removed from a guild; its data is kept for the grace period."""

    guild_id: int


@dataclass(frozen=True, slots=True)
class GuildConfigured(Event):
    """The basic configuration of a guild changed."""

    guild_id: int
