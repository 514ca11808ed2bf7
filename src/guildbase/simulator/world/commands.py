"""Application commands: what the bot has registered, globally and per guild."""

from __future__ import annotations

from guildbase.simulator.world.entities import ApplicationCommand
from guildbase.simulator.world.state import World


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
