"""Members: joining, changing, leaving, being banned."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.world.entities import Guild, Member, User
from guildbase.simulator.world.guilds import emit_voice_state
from guildbase.simulator.world.state import Event, World

_FIELDS = frozenset(field.name for field in fields(Member))


def join(world: World, guild: Guild, user: User, *, roles: tuple[int, ...] = ()) -> Member:
    """Let the user enter the guild."""
    member = Member(user.id, world.clock.now(), roles=roles)
    guild.members[user.id] = member
    payload = payloads.member(world, member) | {"guild_id": str(guild.id)}
    world.emit(Event("GUILD_MEMBER_ADD", payload, guild.id))
    return member


def change(world: World, guild: Guild, member: Member, **values: Any) -> None:
    """Set fields of the member by name and announce them; a new voice channel is announced on its own."""
    unknown = values.keys() - _FIELDS
    if unknown:
        raise AttributeError(f"a member has no {', '.join(sorted(unknown))}")
    for name, value in values.items():
        setattr(member, name, value)
    if values.keys() - {"voice_channel_id"}:
        payload = payloads.member(world, member) | {"guild_id": str(guild.id)}
        world.emit(Event("GUILD_MEMBER_UPDATE", payload, guild.id))
    if "voice_channel_id" in values:
        emit_voice_state(world, guild, member)


def remove(world: World, guild: Guild, user_id: int) -> None:
    """Take the member out of the guild, whether it leaves or is kicked."""
    del guild.members[user_id]
    payload = {"guild_id": str(guild.id), "user": payloads.user(world.users[user_id])}
    world.emit(Event("GUILD_MEMBER_REMOVE", payload, guild.id))


def ban(world: World, guild: Guild, user: User, reason: str | None) -> None:
    """Ban the user; a member is removed as well."""
    guild.bans[user.id] = reason
    payload = {"guild_id": str(guild.id), "user": payloads.user(user)}
    world.emit(Event("GUILD_BAN_ADD", payload, guild.id))
    if user.id in guild.members:
        remove(world, guild, user.id)


def unban(world: World, guild: Guild, user: User) -> None:
    """Lift the ban."""
    del guild.bans[user.id]
    payload = {"guild_id": str(guild.id), "user": payloads.user(user)}
    world.emit(Event("GUILD_BAN_REMOVE", payload, guild.id))
