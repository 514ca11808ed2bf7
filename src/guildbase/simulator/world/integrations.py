"""Integrations: the bot's own, known by its managed role, and those of other applications."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import Guild, Integration, Role
from guildbase.simulator.world.state import Event, World


def of_guild(world: World, guild: Guild) -> list[Integration]:
    """Return all integrations of the guild."""
    own = [own_integration(world, guild, it) for it in guild.roles.values() if it.bot_id is not None]
    return [*own, *guild.integrations.values()]


def own_integration(world: World, guild: Guild, role: Role) -> Integration:
    """Return the bot's own integration, which came with the role and has its id."""
    return Integration(role.id, world.application.name, world.application.id, guild.owner_id)


def add(world: World, guild: Guild, name: str) -> Integration:
    """Let the guild's owner add another application."""
    one = Integration(world.new_id(), name, world.new_id(), guild.owner_id)
    guild.integrations[one.id] = one
    announce(world, guild, one, "INTEGRATION_CREATE")
    return one


def rename(world: World, guild: Guild, one: Integration, name: str) -> None:
    """Give the other application another name."""
    one.name = name
    announce(world, guild, one, "INTEGRATION_UPDATE")


def remove(world: World, guild: Guild, one: Integration) -> None:
    """Remove the other application from the guild."""
    del guild.integrations[one.id]
    about: Json = {"id": str(one.id), "guild_id": str(guild.id), "application_id": str(one.application_id)}
    world.emit(Event("INTEGRATION_DELETE", about, guild.id))
    _update(world, guild)


def announce(world: World, guild: Guild, one: Integration, name: str) -> None:
    """Tell of an integration that is new or has changed."""
    world.emit(Event(name, payloads.integration(world, one) | {"guild_id": str(guild.id)}, guild.id))
    _update(world, guild)


def _update(world: World, guild: Guild) -> None:
    world.emit(Event("GUILD_INTEGRATIONS_UPDATE", {"guild_id": str(guild.id)}, guild.id))
