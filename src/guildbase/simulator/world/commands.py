"""Application commands: what the bot has registered, globally and per guild, and who may use it."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.permissions import Permission, names
from guildbase.simulator.world.audit import Action, record
from guildbase.simulator.world.entities import (
    ApplicationCommand,
    Channel,
    CommandPermission,
    CommandPermissionType,
    Guild,
)
from guildbase.simulator.world.state import Event, World

_IN_GUILD, _WITH_BOT = 0, 1


def registered(world: World, guild_id: int | None) -> dict[int, ApplicationCommand]:
    """Return the commands of one scope by id (None: the global ones)."""
    return world.commands.setdefault(guild_id, {})


def replace(world: World, guild_id: int | None, new: list[ApplicationCommand]) -> None:
    """Put the new list in place of all commands of the scope; a command that keeps its name keeps its id."""
    old = {(it.type, it.name): it.id for it in registered(world, guild_id).values()}
    for command in new:
        command.id = old.get((command.type, command.name), command.id)
    world.commands[guild_id] = {it.id: it for it in new}
    world.watch.changed()


def put(world: World, command: ApplicationCommand) -> bool:
    """Add the command, or overwrite the one of that name; return whether it is new."""
    scope = registered(world, command.guild_id)
    twin = next((it for it in scope.values() if (it.type, it.name) == (command.type, command.name)), None)
    if twin is not None:
        command.id = twin.id
    scope[command.id] = command
    world.watch.changed()
    return twin is None


def delete(world: World, command: ApplicationCommand) -> None:
    """Unregister the command."""
    del registered(world, command.guild_id)[command.id]
    world.watch.changed()


def set_permissions(
    world: World, guild: Guild, target_id: int, rules: list[CommandPermission], *, actor_id: int
) -> None:
    """Make these the guild's rules for a command, or for all commands if the target is the application."""
    before = {it.id: it for it in guild.command_permissions.get(target_id, [])}
    guild.command_permissions[target_id] = rules
    after = payloads.command_permissions(world, guild, target_id)
    changes = []
    for one_id in dict.fromkeys((*before, *(it.id for it in rules))):
        change: dict[str, object] = {"key": str(one_id)}
        if (old := before.get(one_id)) is not None:
            change["old_value"] = {"id": str(old.id), "type": int(old.type), "permission": old.permission}
        if (new := next((it for it in after["permissions"] if it["id"] == str(one_id)), None)) is not None:
            change["new_value"] = new
        changes.append(change)
    options = {"application_id": str(world.application.id)}
    action = Action.APPLICATION_COMMAND_PERMISSION_UPDATE
    record(world, guild, action, target_id, changes=changes, options=options, actor_id=actor_id)
    world.emit(Event("APPLICATION_COMMAND_PERMISSIONS_UPDATE", after, guild.id))


def refusal(
    world: World, guild: Guild | None, channel: Channel, user_id: int, command: ApplicationCommand
) -> str | None:
    """Return why the person's client would not offer the command here, to follow their name; None if it would."""
    contexts = command.contexts
    if guild is None:
        in_private = command.dm_permission if contexts is None else _WITH_BOT in contexts
        offered = in_private and command.guild_id is None
        return None if offered else f"cannot use {_shown(command)} in direct messages"
    if contexts is not None and _IN_GUILD not in contexts:
        return f"can use {_shown(command)} in direct messages only"
    bits = world.permissions_of(guild, user_id, channel)
    if bits & Permission.ADMINISTRATOR:
        return None
    if not bits & Permission.USE_APPLICATION_COMMANDS:
        return f"may not use commands in #{channel.name} now"
    if not _is_on_in(world, guild, channel, command):
        return f"finds {_shown(command)} switched off in #{channel.name}"
    return _withheld(world, guild, user_id, command, bits)


def _withheld(world: World, guild: Guild, user_id: int, command: ApplicationCommand, bits: int) -> str | None:
    """Return why the command is not for this member; a guild's rules for the command win over its defaults."""
    own = _rule(guild, guild.command_permissions.get(command.id, []), user_id)
    if own is not None:
        return None if own else f"finds {_shown(command)} switched off for them"
    if _rule(guild, guild.command_permissions.get(world.application.id, []), user_id) is False:
        return f"finds all commands of {world.application.name} switched off for them"
    needed = command.default_member_permissions
    if needed is None:
        return None
    # Zero means nobody but administrators, who hold every bit.
    lacking = (needed or int(Permission.ADMINISTRATOR)) & ~bits
    return f"is not shown {_shown(command)}, for lack of {', '.join(names(lacking))}" if lacking else None


def _is_on_in(world: World, guild: Guild, channel: Channel, command: ApplicationCommand) -> bool:
    everywhere = guild.id - 1
    for target_id in (command.id, world.application.id):
        rules = {
            it.id: it.permission
            for it in guild.command_permissions.get(target_id, [])
            if it.type == CommandPermissionType.CHANNEL
        }
        for place in (channel.id, channel.parent_id, everywhere):
            if place in rules:
                return rules[place]
    return True


def _rule(guild: Guild, rules: list[CommandPermission], user_id: int) -> bool | None:
    """Return what the rules say of a member: of the user first, then of any role, then of everyone."""
    said = {(it.type, it.id): it.permission for it in rules}
    if (own := said.get((CommandPermissionType.USER, user_id))) is not None:
        return own
    member = guild.members.peek(user_id)
    of_roles = [said[key] for it in member.roles if (key := (CommandPermissionType.ROLE, it)) in said]
    if of_roles:
        return any(of_roles)
    return said.get((CommandPermissionType.ROLE, guild.id))


def _shown(command: ApplicationCommand) -> str:
    return f"/{command.name}" if command.type == 1 else command.name
