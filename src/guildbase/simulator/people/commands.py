"""Using the bot: slash commands, buttons, menus and forms, each followed by the wait for its answer."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.people.errors import DidNotAnswer, NoSuchCommand, NotAllowed
from guildbase.simulator.people.options import Filling
from guildbase.simulator.people.reply import Reply
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.permissions import Permission, names
from guildbase.simulator.world import interactions
from guildbase.simulator.world.entities import (
    ApplicationCommand,
    CallbackType,
    Channel,
    Guild,
    Interaction,
    InteractionType,
    Message,
    User,
)

CHAT_INPUT = 1
_REGISTRATION_SECONDS = 2.0


async def find_command(scene: Scene, guild: Guild | None, name: str, *, timeout: float) -> ApplicationCommand:
    """Return the registered command, waiting a little for a bot that is still registering."""
    guild_id = None if guild is None else guild.id

    def known() -> dict[str, ApplicationCommand]:
        scopes = (None, guild_id) if guild_id else (None,)
        found = [it for scope in scopes for it in scene.world.commands.get(scope, {}).values()]
        return {it.name: it for it in found if it.type == CHAT_INPUT}

    command = await scene.world.watch.until(lambda: known().get(name), min(timeout, _REGISTRATION_SECONDS))
    if command is None:
        names_known = ", ".join(f"/{it}" for it in sorted(known())) or "none"
        raise NoSuchCommand(f"the bot has not registered /{name}; it has registered: {names_known}")
    return command


def check_shown(scene: Scene, guild: Guild | None, channel: Channel, user: User, command: ApplicationCommand) -> None:
    """Raise NotAllowed if this person's client would not offer the command here."""
    if guild is None:
        if command.guild_id is not None or not command.dm_permission:
            raise NotAllowed(f"/{command.name} cannot be used in direct messages")
        return
    bits = scene.world.permissions_of(guild, user.id, channel)
    if not bits & Permission.USE_APPLICATION_COMMANDS:
        raise NotAllowed(f"{user.username} may not use commands in #{channel.name} now")
    needed = command.default_member_permissions
    # Zero means nobody but administrators, who hold every bit.
    lacking = (needed or int(Permission.ADMINISTRATOR)) & ~bits
    if needed is not None and lacking:
        raise NotAllowed(f"/{command.name} is not shown to {user.username}, who lacks {', '.join(names(lacking))}")


async def use_command(
    scene: Scene,
    user: User,
    channel: Channel,
    line: str,
    options: dict[str, object],
    *,
    within: float,
    force: bool,
) -> Reply:
    """Use a slash command as a client would and return the bot's answer."""
    guild = scene.world.guild_of(channel)
    await scene.bot_connected(channel.guild_id)
    name, *path = line.removeprefix("/").split()
    command = await find_command(scene, guild, name, timeout=within)
    if not force:
        check_shown(scene, guild, channel, user, command)
    data = Filling(scene.world, guild).data(command, path, options)
    return await interact(scene, InteractionType.COMMAND, user, channel, data, name=f"/{line}", within=within)


async def use_component(
    scene: Scene, user: User, message: Message, custom_id: str, values: list[str] | None, *, within: float
) -> Reply:
    """Press the button or choose from the menu with this custom id."""
    component = _component(message.components, custom_id)
    if component is None or message.visible_to not in (None, user.id):
        raise NotAllowed(f"the message has no button or menu {custom_id!r} that {user.username} could use")
    data: Json = {"custom_id": custom_id, "component_type": component["type"]}
    if values is not None:
        data["values"] = values
    channel = scene.world.channels[message.channel_id]
    await scene.bot_connected(channel.guild_id)
    kind = InteractionType.COMPONENT
    return await interact(scene, kind, user, channel, data, name=custom_id, within=within, message=message)


async def submit_form(scene: Scene, user: User, reply: Reply, values: dict[str, str], *, within: float) -> Reply:
    """Fill in the form the bot opened and send it off."""
    if reply.modal is None:
        raise NotAllowed("the bot did not open a form")
    channel = scene.world.channels[reply.interaction.channel_id]
    components = [_filled(it, values) for it in reply.modal["components"]]
    data: Json = {"custom_id": reply.modal["custom_id"], "components": components}
    source = scene.world.messages[channel.id].get(reply.interaction.message_id or 0)
    await scene.bot_connected(channel.guild_id)
    kind = InteractionType.MODAL_SUBMIT
    name = data["custom_id"]
    return await interact(scene, kind, user, channel, data, name=name, within=within, message=source)


async def interact(
    scene: Scene,
    kind: InteractionType,
    user: User,
    channel: Channel,
    data: Json,
    *,
    name: str,
    within: float,
    message: Message | None = None,
) -> Reply:
    """Send the interaction and wait for its answer; a deferred answer is waited for as well."""
    world = scene.world
    interaction = interactions.start(world, kind, user, channel, data, name=name, message=message)
    callback = await world.watch.until(lambda: interaction.callback, world.answer_within)
    if callback is None:
        raise DidNotAnswer(f"the bot did not answer {name} within {world.answer_within:g} s")
    if callback == CallbackType.DEFERRED_MESSAGE:
        await _deferred(scene, interaction, within)
    return Reply(scene, interaction)


async def _deferred(scene: Scene, interaction: Interaction, within: float) -> None:
    if await scene.world.watch.until(lambda: interaction.original_id, within) is None:
        raise DidNotAnswer(f"the bot deferred {interaction.name} and then did not answer within {within:g} s")


def _component(components: list[Json], custom_id: str) -> Json | None:
    for component in components:
        if component.get("custom_id") == custom_id:
            return None if component.get("disabled") else component
        inner = [*(component.get("components") or []), *filter(None, [component.get("accessory")])]
        if (found := _component(inner, custom_id)) is not None:
            return found
    return None


def _filled(component: Json, values: dict[str, str]) -> Json:
    if "components" in component:
        return component | {"components": [_filled(it, values) for it in component["components"]]}
    if "component" in component:
        return component | {"component": _filled(component["component"], values)}
    custom_id = component.get("custom_id", "")
    return {
        "type": component["type"],
        "custom_id": custom_id,
        "value": values.get(custom_id, component.get("value", "")),
    }
