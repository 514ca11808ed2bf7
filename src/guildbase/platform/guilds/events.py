"""What happens to guilds."""

from __future__ import annotations

from dataclasses import dataclass

from guildbase.core.events import Event


@dataclass(frozen=True, slots=True)
class GuildJoined(Event):
    """The bot came into a guild that it keeps nothing of; told once for each time."""

    guild_id: int
    is_recent: bool = True
    """False on the first start on an empty database: the bot may have been there for years."""


@dataclass(frozen=True, slots=True)
class GuildReturned(Event):
    """The bot is back in a guild before the end of the grace period; all that was kept is there."""

    guild_id: int


@dataclass(frozen=True, slots=True)
class GuildLeft(Event):
    """The bot was removed from a guild; its data is kept for the grace period."""

    guild_id: int
