"""Accounts and guilds: opening and founding them, the bot joining and leaving."""

from __future__ import annotations

from typing import Any

from guildbase.simulator import payloads
from guildbase.simulator.permissions import EVERYONE_DEFAULT, Permission
from guildbase.simulator.world import integrations, roles
from guildbase.simulator.world.entities import Guild, Member, Role, User
from guildbase.simulator.world.state import Event, World

_OWN_FIELDS = ("name", "owner_id")


def create_user(world: World, username: str, *, global_name: str | None = None, user_id: int | None = None) -> User:
    """Open an account that is more than a year old."""
    user = User(user_id or world.old_id(), username, global_name=global_name)
    world.users[user.id] = user
    return user


def create_guild(world: World, name: str, owner: User, *, guild_id: int | None = None) -> Guild:
    """Found a guild with @everyone and its owner; the bot is not in it yet."""
    guild = Guild(guild_id or world.old_id(), name, owner.id)
    guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE_DEFAULT, position=0)
    guild.members[owner.id] = Member(owner.id, world.clock.now())
    world.guilds[guild.id] = guild
    world.watch.changed()
    return guild


def bot_joins(
    world: World, guild: Guild, *, granted: int = int(Permission.ADMINISTRATOR), role_id: int | None = None
) -> None:
    """Add the bot with a managed role of its name that holds the granted permissions."""
    if world.bot.id in guild.members:
        return
    top = max(role.position for role in guild.roles.values()) + 1
    own = Role(role_id or world.new_id(), world.bot.username, granted, position=top, managed=True, bot_id=world.bot.id)
    guild.roles[own.id] = own
    guild.members[world.bot.id] = Member(world.bot.id, world.clock.now(), roles=(own.id,))
    # The gateway adds the members that each session is entitled to.
    world.emit(Event("GUILD_CREATE", {"id": str(guild.id)}, guild.id))
    integrations.announce(world, guild, integrations.own_integration(world, guild, own), "INTEGRATION_CREATE")


def bot_leaves(world: World, guild: Guild) -> None:
    """Remove the bot, its managed role and its commands for this guild."""
    if guild.members.pop(world.bot.id, None) is None:
        return
    guild.voice_states.pop(world.bot.id, None)
    for thread in guild.threads.values():
        if thread.thread is not None:
            thread.thread.members.pop(world.bot.id, None)
    for role in [it for it in guild.roles.values() if it.bot_id == world.bot.id]:
        roles.delete(world, guild, role)
    world.commands.pop(guild.id, None)
    world.emit(Event("GUILD_DELETE", {"id": str(guild.id)}, guild.id))


def change(world: World, guild: Guild, values: dict[str, Any]) -> None:
    """Set the guild's name, owner or settings by name."""
    for name, value in values.items():
        setattr(guild if name in _OWN_FIELDS else guild.settings, name, value)
    world.emit(Event("GUILD_UPDATE", payloads.guild(guild), guild.id))
