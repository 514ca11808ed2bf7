"""Roles: making, changing and deleting them."""

from __future__ import annotations

from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.world import references
from guildbase.simulator.world.entities import Guild, Role
from guildbase.simulator.world.state import Event, World
from guildbase.simulator.world.thread_access import access_noted


def create(
    world: World, guild: Guild, name: str, *, permissions: int = 0, position: int = 1, role_id: int | None = None
) -> Role:
    """Make a role at the given position; those at or above it move up."""
    above = [it for it in guild.roles.values() if it.position >= position]
    for other in above:
        other.position += 1
    role = Role(role_id or world.new_id(), name, permissions, position)
    guild.roles[role.id] = role
    _emit(world, guild, "GUILD_ROLE_CREATE", role)
    for other in above:
        _emit(world, guild, "GUILD_ROLE_UPDATE", other)
    return role


def change(world: World, guild: Guild, role: Role, values: dict[str, Any]) -> None:
    """Set fields of the role by name; other permissions may let the bot see what it has not seen."""
    with access_noted(world, guild):
        for name, value in values.items():
            setattr(role, name, value)
        _emit(world, guild, "GUILD_ROLE_UPDATE", role)


def move(world: World, guild: Guild, positions: dict[int, int]) -> None:
    """Give roles new positions; every role that moved is announced."""
    for role_id, position in positions.items():
        guild.roles[role_id].position = position
        _emit(world, guild, "GUILD_ROLE_UPDATE", guild.roles[role_id])


def delete(world: World, guild: Guild, role: Role) -> None:
    """Delete the role and take it from its members and channels; the bot may see more without it."""
    with access_noted(world, guild):
        # Those who are not stored never got a role.
        for member in guild.members.stored.values():
            if role.id in member.roles:
                member.roles = tuple(it for it in member.roles if it != role.id)
        del guild.roles[role.id]
        references.forget(world, guild, role.id)
    world.emit(Event("GUILD_ROLE_DELETE", {"guild_id": str(guild.id), "role_id": str(role.id)}, guild.id))


def _emit(world: World, guild: Guild, name: str, role: Role) -> None:
    world.emit(Event(name, {"guild_id": str(guild.id), "role": payloads.role(role)}, guild.id))
