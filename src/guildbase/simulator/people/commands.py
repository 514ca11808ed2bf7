"""Using the bot: commands, suggestions, buttons, menus and forms, each followed by the wait for the bot's answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from guildbase.simulator.errors import Json
from guildbase.simulator.payloads.resolved import Resolved
from guildbase.simulator.people.errors import DidNotAnswer, NoSuchCommand, NotAllowed, WrongOption
from guildbase.simulator.people.form import Form
from guildbase.simulator.people.menus import button, chosen, menu
from guildbase.simulator.people.options import Filling
from guildbase.simulator.people.reply import Reply
from guildbase.simulator.people.scene import Scene
from guildbase.simulator.people.situation import close_to, explained, listed
from guildbase.simulator.world import uses
from guildbase.simulator.world.commands import refusal
from guildbase.simulator.world.entities import (
    ApplicationCommand,
    CallbackType,
    Channel,
    Guild,
    Interaction,
    Message,
    User,
)

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
_REGISTRATION_SECONDS = 2.0
_EXCUSE_SECONDS = 1.0
_EDIT_SECONDS = 3.0
Sign = TypeVar("Sign")


class Choice(NamedTuple):
    """A suggestion: what is shown, and what the bot gets if it is chosen."""

    name: str
    value: str | int | float


async def find_command(
    scene: Scene, guild: Guild | None, name: str, *, timeout: float, kind: int = CHAT_INPUT
) -> ApplicationCommand:
    """Return the registered command, waiting a little for a bot that is still registering."""
    guild_id = None if guild is None else guild.id

    def known() -> dict[str, ApplicationCommand]:
        scopes = (None, guild_id) if guild_id else (None,)
        found = [it for scope in scopes for it in scene.world.commands.get(scope, {}).values()]
        return {it.name: it for it in found if it.type == kind}

    command = await scene.world.watch.until(lambda: known().get(name), min(timeout, _REGISTRATION_SECONDS))
    if command is None:
        slash = "/" if kind == CHAT_INPUT else ""
        there = listed(f"{slash}{it}" for it in sorted(known()))
        problem = f"the bot has not registered {slash}{name}; it has registered: {there}.{close_to(name, known())}"
        raise NoSuchCommand(explained(scene, problem, None))
    return command


def check_shown(scene: Scene, guild: Guild | None, channel: Channel, user: User, command: ApplicationCommand) -> None:
    """Raise NotAllowed if this person's client would not offer the command here."""
    if (reason := refusal(scene.world, guild, channel, user.id, command)) is not None:
        raise NotAllowed(f"{user.username} {reason}")


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
    command, path = await _ready(scene, user, channel, line, within=within, force=force)
    resolved = _resolved(scene, channel, user)
    filled = Filling(resolved).options(command, path, options)
    interaction = uses.use(scene.world, user, channel, command, filled, resolved)
    return await answered(scene, interaction, within)


async def complete(
    scene: Scene, user: User, channel: Channel, line: str, options: dict[str, object], *, within: float
) -> list[Choice]:
    """Return what the bot suggests for the last of these options, which the person is still typing."""
    if not options:
        raise WrongOption("say which option is being typed, for example name=''")
    command, path = await _ready(scene, user, channel, line, within=within, force=False)
    resolved = _resolved(scene, channel, user)
    filled = Filling(resolved, focused=[*options][-1]).options(command, path, options)
    interaction = uses.complete(scene.world, user, channel, command, filled, resolved)
    await _acknowledged(scene, interaction)
    return [Choice(it["name"], it["value"]) for it in interaction.callback_data.get("choices") or []]


async def use_menu(
    scene: Scene, user: User, channel: Channel, name: str, target: User | Message, *, within: float, force: bool
) -> Reply:
    """Use a command from the context menu of a person or message."""
    kind = MESSAGE_MENU if isinstance(target, Message) else USER_MENU
    guild = scene.world.guild_of(channel)
    await scene.bot_connected(channel.guild_id)
    command = await find_command(scene, guild, name, timeout=within, kind=kind)
    if not force:
        check_shown(scene, guild, channel, user, command)
    return await answered(scene, uses.use_on(scene.world, user, channel, command, target), within)


async def click(scene: Scene, user: User, message: Message, wanted: str, *, within: float) -> Reply:
    """Press the button of this label or custom id."""
    found = button(message, user, wanted)
    return await _press(scene, user, message, found, None, within=within)


async def select(
    scene: Scene, user: User, message: Message, values: tuple[object, ...], wanted: str | None, *, within: float
) -> Reply:
    """Choose from the menu of this custom id or placeholder, or from the only one."""
    found = menu(message, user, wanted)
    picked = chosen(found, values, _resolved(scene, scene.world.channels[message.channel_id], user))
    return await _press(scene, user, message, found, picked, within=within)


async def use_component(
    scene: Scene, user: User, message: Message, custom_id: str, values: list[str] | None, *, within: float
) -> Reply:
    """Press the button or choose from the menu with this custom id."""
    if values is None:
        return await click(scene, user, message, custom_id, within=within)
    return await select(scene, user, message, tuple(values), custom_id, within=within)


async def submit_form(scene: Scene, user: User, reply: Reply, values: dict[str, object], *, within: float) -> Reply:
    """Fill in the form the bot opened and send it off."""
    if reply.modal is None:
        raise NotAllowed("the bot did not open a form")
    return await submit(scene, user, reply.modal, values, within=within)


async def submit(scene: Scene, user: User, form: Form, values: dict[str, object], *, within: float) -> Reply:
    """Fill in the form and send it off; a client closes it as soon as the bot has answered."""
    components, resolved = form.filled(values)
    known = scene.world.interactions.values()
    if any(it.caused_by is form.interaction and it.callback is not None for it in known):
        raise NotAllowed(f"the form {form.title!r} was sent off already: have the bot open it again")
    await scene.bot_connected(form.interaction.guild_id)
    return await answered(scene, uses.submit(scene.world, user, form.interaction, components, resolved), within)


async def answered(scene: Scene, interaction: Interaction, within: float) -> Reply:
    """Wait for the answer, also for one that was deferred, and a moment for an edit that was; raise DidNotAnswer."""
    before = _changes(scene, interaction)
    callback = await _acknowledged(scene, interaction)
    if callback == CallbackType.DEFERRED_MESSAGE:
        await _deferred(scene, interaction, within)
    elif callback == CallbackType.DEFERRED_UPDATE:
        # Nothing says whether the bot will change the message or leave it at that.
        await _sign(
            scene, interaction, lambda: _changes(scene, interaction) != before or None, min(within, _EDIT_SECONDS)
        )
        # An edit that was waited for may still be waited for by name.
        return Reply(scene, interaction, seen_edits=before[0])
    return Reply(scene, interaction)


async def _ready(
    scene: Scene, user: User, channel: Channel, line: str, *, within: float, force: bool
) -> tuple[ApplicationCommand, list[str]]:
    guild = scene.world.guild_of(channel)
    await scene.bot_connected(channel.guild_id)
    name, *path = line.removeprefix("/").split() or [""]
    command = await find_command(scene, guild, name, timeout=within)
    if not force:
        check_shown(scene, guild, channel, user, command)
    return command, path


def _resolved(scene: Scene, channel: Channel, user: User) -> Resolved:
    return Resolved(scene.world, scene.world.guild_of(channel), user.id)


async def _press(
    scene: Scene, user: User, message: Message, component: Json, values: list[str] | None, *, within: float
) -> Reply:
    await scene.bot_connected(scene.world.channels[message.channel_id].guild_id)
    return await answered(scene, uses.press(scene.world, user, message, component, values), within)


async def _acknowledged(scene: Scene, interaction: Interaction) -> CallbackType:
    callback = await _sign(scene, interaction, lambda: interaction.callback, scene.world.answer_within)
    if callback is None:
        raise _silence(scene, interaction, f"the bot did not answer {_named(interaction)}", scene.world.answer_within)
    return callback


async def _deferred(scene: Scene, interaction: Interaction, within: float) -> None:
    if await _sign(scene, interaction, lambda: interaction.original_id, within) is None:
        raise _silence(scene, interaction, f"the bot deferred {_named(interaction)} and then did not answer", within)


async def _sign(scene: Scene, interaction: Interaction, look: Callable[[], Sign | None], within: float) -> Sign | None:
    """Wait for a sign of the bot; once its handler has failed, only so long as it takes the bot to say sorry."""
    failed, watch = scene.stats.failed_interactions, scene.world.watch
    await watch.until(lambda: look() is not None or interaction.id in failed or None, within)
    return await watch.until(look, min(within, _EXCUSE_SECONDS) if interaction.id in failed else 0.0)


def _changes(scene: Scene, interaction: Interaction) -> tuple[int, int]:
    """Return how often the message that was pressed on was edited, -1 if it is gone, and the number of follow-ups."""
    message = scene.world.messages[interaction.channel_id].get(interaction.message_id or 0)
    return -1 if message is None else message.edits, len(interaction.followup_ids)


def _named(interaction: Interaction) -> str:
    form = interaction.caused_by
    return interaction.name if form is None else f"the form {form.callback_data['title']!r}"


def _silence(scene: Scene, interaction: Interaction, problem: str, within: float) -> DidNotAnswer:
    failed = interaction.id in scene.stats.failed_interactions
    problem += ": its handler failed" if failed else f" within {within:g} s"
    return DidNotAnswer(explained(scene, problem, scene.world.channels.get(interaction.channel_id)))
