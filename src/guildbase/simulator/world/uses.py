"""What a person can do with the bot's application: each act starts an interaction."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.resolved import Resolved
from guildbase.simulator.world.entities import ApplicationCommand, Channel, Interaction, InteractionType, Message, User
from guildbase.simulator.world.interactions import start
from guildbase.simulator.world.state import World


def use(
    world: World, user: User, channel: Channel, command: ApplicationCommand, options: list[Json], resolved: Resolved
) -> Interaction:
    """Use a slash command with its options as a client sends them."""
    data = _command(command) | {"options": options} | _resolved(resolved)
    return start(world, InteractionType.COMMAND, user, channel, data, name=_line(command, options))


def complete(
    world: World, user: User, channel: Channel, command: ApplicationCommand, options: list[Json], resolved: Resolved
) -> Interaction:
    """Ask for suggestions while filling in a slash command: exactly one option is marked `"focused": True`."""
    data = _command(command) | {"options": options} | _resolved(resolved)
    return start(world, InteractionType.AUTOCOMPLETE, user, channel, data, name=_line(command, options))


def use_on(
    world: World, user: User, channel: Channel, command: ApplicationCommand, target: User | Message
) -> Interaction:
    """Use a command from the context menu of a person or of a message."""
    resolved = Resolved(world, world.guild_of(channel), user.id)
    target_id = resolved.message(target) if isinstance(target, Message) else resolved.user(target)
    data = _command(command) | {"target_id": target_id} | _resolved(resolved)
    return start(world, InteractionType.COMMAND, user, channel, data, name=command.name)


def press(world: World, user: User, message: Message, component: Json, values: list[str] | None = None) -> Interaction:
    """Press a button of a message, or choose values from a menu of it."""
    channel = world.channels[message.channel_id]
    data: Json = {
        "custom_id": component["custom_id"],
        "component_type": component["type"],
        "id": component.get("id", 1),
    }
    if values is not None:
        resolved = Resolved(world, world.guild_of(channel), user.id)
        if component["type"] in _MENUS_OF_OBJECTS:
            for value in values:
                resolved.named(value)
        data |= {"values": values} | _resolved(resolved)
    return start(world, InteractionType.COMPONENT, user, channel, data, name=data["custom_id"], message=message)


def submit(
    world: World, user: User, form: Interaction, components: list[Json], resolved: Resolved | None = None
) -> Interaction:
    """Send off the form that the bot opened as the answer to `form`; the components carry what was filled in."""
    channel = world.channels[form.channel_id]
    custom_id = form.callback_data["custom_id"]
    data: Json = {"custom_id": custom_id, "components": components} | _resolved(resolved)
    source = world.messages[channel.id].get(form.message_id or 0)
    kind = InteractionType.MODAL_SUBMIT
    return start(world, kind, user, channel, data, name=custom_id, message=source, caused_by=form)


_MENUS_OF_OBJECTS = (5, 6, 7, 8)


def _command(command: ApplicationCommand) -> Json:
    data: Json = {"id": str(command.id), "name": command.name, "type": command.type}
    return data if command.guild_id is None else data | {"guild_id": str(command.guild_id)}


def _resolved(resolved: Resolved | None) -> Json:
    return {} if resolved is None or not resolved.data else {"resolved": resolved.data}


def _line(command: ApplicationCommand, options: list[Json]) -> str:
    """Return the command with its sub-commands as a person writes it."""
    words = [command.name]
    while options and options[0]["type"] <= 2:
        words.append(options[0]["name"])
        options = options[0].get("options") or []
    return "/" + " ".join(words)
