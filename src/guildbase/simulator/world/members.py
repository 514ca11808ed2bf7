"""Members: joining, changing, leaving, being banned."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import fields
from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.world import automod, guilds, system_messages, threads, voice
from guildbase.simulator.world.entities import Guild, Member, User
from guildbase.simulator.world.state import Event, World
from guildbase.simulator.world.thread_access import access_noted

_FIELDS = frozenset(field.name for field in fields(Member))


def join(world: World, guild: Guild, user: User, *, roles: tuple[int, ...] = ()) -> Member:
    """Let the user enter the guild."""
    member = Member(user.id, world.clock.now(), roles=roles)
    guild.members[user.id] = member
    payload = payloads.member(world, member) | {"guild_id": str(guild.id)}
    world.emit(Event("GUILD_MEMBER_ADD", payload, guild.id))
    system_messages.greet(world, guild, user)
    automod.enforce(world, guild, None, member, automod.judge_profile(world, guild, member))
    return member


def change(world: World, guild: Guild, member: Member, **values: Any) -> None:
    """Set fields of the member by name and announce them."""
    unknown = values.keys() - _FIELDS
    if unknown:
        raise AttributeError(f"a member has no {', '.join(sorted(unknown))}")
    if not values:
        return
    # Other roles may let the bot see what it has not seen.
    with access_noted(world, guild) if member.user_id == world.bot.id else nullcontext():
        for name, value in values.items():
            setattr(member, name, value)
        payload = payloads.member(world, member) | {"guild_id": str(guild.id)}
        world.emit(Event("GUILD_MEMBER_UPDATE", payload, guild.id))
    state = guild.voice_states.get(member.user_id)
    if state is not None and values.keys() & {"mute", "deaf"}:
        voice.announce(world, guild, state)


def remove(world: World, guild: Guild, user_id: int) -> None:
    """Take the member out of the guild, whether it leaves or is kicked; the bot loses the guild by that."""
    if user_id == world.bot.id:
        guilds.bot_leaves(world, guild)
        return
    voice.move(world, guild, user_id, None)
    threads.forget_member(guild, user_id)
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
