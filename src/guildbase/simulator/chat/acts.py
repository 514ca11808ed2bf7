"""What each request of a window does. Whatever changes the world goes the way of scripted people, with their rules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

from guildbase.core.snowflake import read_snowflake
from guildbase.simulator.chat import requests, view
from guildbase.simulator.errors import DiscordError, Json
from guildbase.simulator.people import commands
from guildbase.simulator.people.errors import NotAllowed, NotFound
from guildbase.simulator.people.reply import Reply
from guildbase.simulator.people.requests import request
from guildbase.simulator.people.writing import write
from guildbase.simulator.world import channels, polls
from guildbase.simulator.world.entities import ApplicationCommand, Channel, ChannelType, Guild, Message, User

if TYPE_CHECKING:
    from guildbase.simulator.chat.window import Window

_FOUND = 25
_SEARCHED = 20_000
"""So many names are looked through, which takes some milliseconds; in a larger crowd write the whole user name."""
_PATIENCE = 15 * 60.0
"""Seconds that a deferred answer may take, which is how long the bot's token works."""
_READABLE = frozenset(ChannelType) - {ChannelType.CATEGORY}


async def people(window: Window, wish: requests.ListPeople) -> Json:
    """Return the first people of the world whose name begins with the words."""
    words = wish.words.lower()
    world = window.world
    found = [it for it in world.users.after(0, view.LISTED * 10) if not it.bot and _named(it, words)]
    exact = world.users.named(words)
    found = [exact, *found] if exact is not None and not exact.bot and exact not in found else found
    shown = [view.person(world, it) | {"guilds": _homes(window, it)} for it in found[: view.LISTED]]
    return {"people": shown, "bot": view.bot(world, window.sim.hub)}


async def enter(window: Window, wish: requests.Enter) -> Json:
    """Make the window that person's and return what they see first."""
    users = window.world.users
    user = users.named(wish.person) or users.get(read_snowflake(wish.person) or 0)
    if user is None or user.bot:
        raise NotFound(f"there is no person {wish.person!r} in this world")
    window.enter(user)
    direct = window.world.dm_channels.get(user.id)
    return {
        "me": view.person(window.world, user),
        "bot": view.bot(window.world, window.sim.hub),
        "direct": None if direct is None else str(direct),
        **view.guilds(window.world, user),
    }


async def guild(window: Window, wish: requests.ShowGuild) -> Json:
    """Return the guild; the window is told of its changes from now on."""
    user, found = window.person, _guild(window, wish.guild_id)
    window.news.guild_id = found.id
    return view.guild(window.world, found, user)


async def channel(window: Window, wish: requests.OpenChannel) -> Json:
    """Return messages of a channel; the window is told of its changes from now on."""
    found = _channel(window, wish.channel_id)
    if wish.before is None:
        window.news.channel_id = found.id
    page = view.messages(window.world, found, window.person, wish.before)
    return page | {"channel": view.channel(window.world, found, window.person)}


async def direct(window: Window, _: requests.OpenDirect) -> Json:
    """Open the person's direct conversation with the bot."""
    return view.channel(window.world, channels.dm_with(window.world, window.person), window.person)


async def members(window: Window, wish: requests.FindMembers) -> Json:
    """Return people of the guild, or of the world, whose names contain the words."""
    words, world = wish.words.lower(), window.world
    place = None if wish.guild_id is None else _guild(window, wish.guild_id)
    ids = world.users if place is None else place.members
    exact = world.users.named(words)
    first = [exact.id] if exact is not None and exact.id in ids else []
    found = (it for it in dict.fromkeys([*first, *islice(ids, _SEARCHED)]) if _is_called(window, it, place, words))
    return {"people": [view.person(world, world.users.peek(it), place) for it in islice(found, _FOUND)]}


def _is_called(window: Window, user_id: int, place: Guild | None, words: str) -> bool:
    nick = None if place is None else place.members.peek(user_id).nick
    return words in (nick or "").lower() or _named(window.world.users.peek(user_id), words, anywhere=True)


async def places(window: Window, wish: requests.FindPlaces) -> Json:
    """Return guilds and channels whose names contain the words."""
    words, world, user = wish.words.lower(), window.world, window.person
    found: list[Json] = []
    for one in world.guilds.values():
        if user.id not in one.members:
            continue
        inside = [
            it for it in one.channels.values() if it.type in _READABLE and words in f"{it.name} {one.name}".lower()
        ]
        for place in inside:
            if world.can_view(place, user.id):
                shown = {"channel_id": str(place.id), "name": place.name, "type": place.type}
                found.append(shown | {"guild_id": str(one.id), "guild": one.name})
        if len(found) >= _FOUND:
            break
    return {"places": found[:_FOUND]}


async def list_commands(window: Window, wish: requests.ListCommands) -> Json:
    """Return the commands that the person's client would show in the channel."""
    place = _channel(window, wish.channel_id)
    scopes = [window.world.commands[None], window.world.commands.get(place.guild_id, {})]
    allowed = [it.id for scope in scopes for it in scope.values() if _is_shown(window, place, it)]
    return {"commands": view.commands(window.world, place, allowed)}


async def write_message(window: Window, wish: requests.Write) -> Json:
    """Write a message."""
    place = _channel(window, wish.channel_id)
    body: Json = {"content": wish.content}
    if wish.reply_to is not None:
        body |= {"message_reference": {"message_id": str(wish.reply_to)}}
    sent = write(window.sim.scene, window.person, place, body, [(it.name, it.data) for it in wish.files])
    return {"message_id": str(sent.id)}


async def call_api(window: Window, wish: requests.CallApi) -> Json:
    """Let the person do by hand what the API offers."""
    return {"answer": request(window.sim.scene, window.person, wish.method, wish.path, wish.body)}


async def use_command(window: Window, wish: requests.UseCommand) -> Json:
    """Use a command and return how the bot answered."""
    scene, user, place = window.sim.scene, window.person, _channel(window, wish.channel_id)
    if wish.type == commands.CHAT_INPUT:
        options = {name: _plain(it) for name, it in wish.options.items()}
        return _answer(
            window, await commands.use_command(scene, user, place, wish.name, options, within=_PATIENCE, force=False)
        )
    target = _target(window, place, wish)
    return _answer(
        window, await commands.use_menu(scene, user, place, wish.name, target, within=_PATIENCE, force=False)
    )


async def complete(window: Window, wish: requests.Complete) -> Json:
    """Return what the bot suggests for the last of the options."""
    place = _channel(window, wish.channel_id)
    found = await commands.complete(
        window.sim.scene, window.person, place, wish.name, dict(wish.options), within=_PATIENCE
    )
    return {"choices": [it._asdict() for it in found]}


async def use_component(window: Window, wish: requests.UseComponent) -> Json:
    """Press a button or choose from a menu and return how the bot answered."""
    message = _message(window, wish.channel_id, wish.message_id)
    scene = window.sim.scene
    reply = await commands.use_component(scene, window.person, message, wish.custom_id, wish.values, within=_PATIENCE)
    return _answer(window, reply)


async def submit(window: Window, wish: requests.SubmitForm) -> Json:
    """Send off a form and return how the bot answered."""
    form = window.forms.get(wish.interaction_id)
    if form is None:
        raise NotFound("this form is no longer open")
    values = {name: _plain(it) for name, it in wish.values.items()}
    reply = await commands.submit(window.sim.scene, window.person, form, values, within=_PATIENCE)
    window.forms.pop(wish.interaction_id, None)
    return _answer(window, reply)


async def vote(window: Window, wish: requests.Vote) -> Json:
    """Vote in a poll."""
    message = _message(window, wish.channel_id, wish.message_id)
    polls.vote(window.world, message, window.person, wish.answers)
    return {}


ACTS: dict[str, Callable[[Window, Any], Awaitable[Json]]] = {
    "people": people,
    "enter": enter,
    "guild": guild,
    "channel": channel,
    "direct": direct,
    "members": members,
    "places": places,
    "commands": list_commands,
    "write": write_message,
    "api": call_api,
    "command": use_command,
    "complete": complete,
    "component": use_component,
    "submit": submit,
    "vote": vote,
}


def _answer(window: Window, reply: Reply) -> Json:
    form = reply.modal
    if form is None:
        return {"interaction_id": str(reply.interaction.id)}
    window.forms[form.interaction.id] = form
    shown = {"title": form.title, "components": form.components}
    return {"interaction_id": str(form.interaction.id), "form": shown}


def _guild(window: Window, guild_id: int) -> Guild:
    found = window.world.guilds.get(guild_id)
    if found is None or window.person.id not in found.members:
        raise NotFound(f"{window.person.username} is in no such server")
    return found


def _channel(window: Window, channel_id: int) -> Channel:
    found = window.world.channels.get(channel_id)
    if found is None or not window.world.can_view(found, window.person.id):
        raise NotFound(f"{window.person.username} sees no such channel")
    return found


def _message(window: Window, channel_id: int, message_id: int) -> Message:
    place = _channel(window, channel_id)
    found = window.world.messages.get(place.id, {}).get(message_id)
    if found is None or found.visible_to not in (None, window.person.id):
        raise NotFound(f"{window.person.username} sees no such message")
    return found


def _target(window: Window, place: Channel, wish: requests.UseCommand) -> User | Message:
    if wish.type == commands.MESSAGE_MENU:
        return _message(window, place.id, wish.target_id or 0)
    found = window.world.users.get(wish.target_id or 0)
    if found is None:
        raise NotFound("there is no such person")
    return found


def _is_shown(window: Window, place: Channel, command: ApplicationCommand) -> bool:
    try:
        commands.check_shown(window.sim.scene, window.world.guild_of(place), place, window.person, command)
    except (NotAllowed, DiscordError):
        return False
    return True


def _named(user: User, words: str, *, anywhere: bool = False) -> bool:
    names = (user.username.lower(), (user.global_name or "").lower())
    return any(words in it if anywhere else it.startswith(words) for it in names)


def _homes(window: Window, user: User) -> list[str]:
    """Return in which of the first guilds the person is, with what they may do there if that is much."""
    world = window.world
    shown = []
    for one in list(world.guilds.values())[:2]:
        if user.id in one.members:
            held = [one.roles[it] for it in one.members.peek(user.id).roles if it in one.roles]
            top = max(held, key=lambda it: it.position, default=None)
            owner = "owner" if one.owner_id == user.id else None
            shown.append(f"{owner or (top.name if top else 'member')} in {one.name}")
    return shown


def _plain(value: object) -> object:
    if isinstance(value, requests.File):
        return (value.name, value.data)
    return [_plain(it) for it in value] if isinstance(value, list) else value
