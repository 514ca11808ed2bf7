"""Outages: guilds that Discord cannot serve for a while; the bot hears when they go and when they are back."""

from __future__ import annotations

from guildbase.simulator.world.entities import Guild
from guildbase.simulator.world.state import Event, World


def begin(world: World, guild: Guild) -> None:
    """Make the guild unavailable; nothing is heard of it until it is back."""
    if guild.id not in world.outages:
        world.outages.add(guild.id)
        world.emit(Event("GUILD_DELETE", {"id": str(guild.id), "unavailable": True}, guild.id))


def end(world: World, guild: Guild) -> None:
    """Bring the guild back."""
    if guild.id in world.outages:
        world.outages.discard(guild.id)
        world.emit(Event("GUILD_CREATE", {"id": str(guild.id), "unavailable": False}, guild.id))
