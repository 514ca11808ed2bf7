"""The world as one person sees it, in the shapes that the page draws."""

from __future__ import annotations

import re
from itertools import islice

import orjson

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.permissions import ALL, Permission
from guildbase.simulator.world.entities import Channel, Guild, Interaction, InteractionType, Message, User
from guildbase.simulator.world.state import World

LISTED = 100
PAGE = 50
_MENTION = re.compile(rb"<@!?(\d{15,20})>")


def person(world: World, user: User, guild: Guild | None = None) -> Json:
    """Return an account with the name and colour that it has in the guild."""
    shown: Json = {
        "id": str(user.id),
        "name": user.global_name or user.username,
        "username": user.username,
        "avatar": user.avatar,
        "bot": user.bot,
    }
    if guild is None or user.id not in guild.members:
        return shown
    member = guild.members.peek(user.id)
    held = sorted((guild.roles[it] for it in member.roles if it in guild.roles), key=lambda it: -it.position)
    presence = world.presences.get(user.id)
    return shown | {
        "name": member.nick or shown["name"],
        "color": next((it.color for it in held if it.color), 0),
        "roles": [str(it.id) for it in held],
        "group": next((str(it.id) for it in held if it.hoist), None),
        # Scripted people are always there unless they went offline.
        "status": "online" if presence is None else presence.status,
    }


def bot(world: World, hub: Hub) -> Json:
    """Return the bot and whether it is connected."""
    return person(world, world.bot) | {"connected": is_connected(hub)}


def is_connected(hub: Hub) -> bool:
    """Tell whether the bot has any session on the gateway."""
    return next(hub.sessions(), None) is not None


def guilds(world: World, user: User) -> Json:
    """Return the first guilds of the person, and how many there are."""
    own = [it for it in world.guilds.values() if user.id in it.members]
    return {"guilds": [{"id": str(it.id), "name": it.name} for it in own[:LISTED]], "guild_count": len(own)}


def guild(world: World, one: Guild, user: User) -> Json:
    """Return a guild with all channels that the person sees and the first of its members."""
    return {
        "id": str(one.id),
        "name": one.name,
        "owner_id": str(one.owner_id),
        "permissions": str(world.permissions_of(one, user.id)),
        "roles": [payloads.role(it) for it in sorted(one.roles.values(), key=lambda it: -it.position)],
        "emojis": [{"id": str(it.id), "name": it.name} for it in one.emojis.values()],
        "channels": [channel(world, it, user) for it in _channels(world, one, user)],
        "members": [person(world, it, one) for it in _members(world, one, user)],
        "member_count": len(one.members),
        "has_bot": world.bot.id in one.members,
    }


def _channels(world: World, one: Guild, user: User) -> list[Channel]:
    threads = [it for it in one.threads.values() if it.thread is not None and not it.thread.archived]
    return [it for it in (*one.channels.values(), *threads) if world.can_view(it, user.id)]


def _members(world: World, one: Guild, user: User) -> list[User]:
    first = [it.user_id for it in one.members.after(0, LISTED)]
    present = [it for it in (user.id, world.bot.id) if it in one.members]
    return [world.users.peek(it) for it in dict.fromkeys([*present, *first])]


def channel(world: World, one: Channel, user: User) -> Json:
    """Return a channel, with what the person may do in it and who is connected to it by voice."""
    place = world.guild_of(one)
    shown = payloads.channel(world, one)
    if place is None:
        return shown | {"name": world.bot.global_name or world.bot.username, "permissions": str(ALL)}
    heard = [it.user_id for it in place.voice_states.values() if it.channel_id == one.id]
    return shown | {
        "permissions": str(world.permissions_of(place, user.id, one)),
        "voices": [person(world, world.users.peek(it), place) for it in heard],
    }


def messages(world: World, one: Channel, user: User, before: int | None) -> Json:
    """Return the last messages that the person sees there, oldest first, and whether there are more."""
    place = world.guild_of(one)
    if place is not None and not world.permissions_of(place, user.id, one) & Permission.READ_MESSAGE_HISTORY:
        return {"messages": [], "more": False}
    kept = world.messages.get(one.id, {})
    seen = (
        kept[it] for it in reversed(kept) if (before is None or it < before) and kept[it].visible_to in (None, user.id)
    )
    page = list(islice(seen, PAGE + 1))
    return {"messages": [message(world, it, user) for it in page[PAGE - 1 :: -1]], "more": len(page) > PAGE}


def message(world: World, one: Message, user: User) -> Json:
    """Return a message as this person sees it: own reactions marked, and everyone who is mentioned named."""
    shown = payloads.message_event(world, one)
    place = world.guild_of(world.channels[one.channel_id])
    shown["author"] = _author(world, shown["author"], place)
    shown["ephemeral"] = one.visible_to is not None
    for reaction, users in zip(shown.get("reactions", ()), one.reactions.values(), strict=True):
        reaction["me"] = user.id in users
    if one.interaction is not None:
        shown["interaction"] = used(world, one.interaction)
    if one.poll is not None:
        shown["poll"] = payloads.poll(one.poll, user.id)
    if (replied := shown.get("referenced_message")) is not None:
        replied["author"] = _author(world, replied["author"], place)
    return shown | {"names": _names(world, shown, place)}


def _author(world: World, shown: Json, guild: Guild | None) -> Json:
    """Return an author with name and colour; a webhook's is no account and goes by what it calls itself."""
    known = world.users.get(int(shown["id"]))
    return {**shown, "name": shown["username"]} if known is None else person(world, known, guild)


def used(world: World, one: Interaction) -> Json:
    """Return which interaction caused a message, and who started it."""
    place = None if one.guild_id is None else world.guilds.get(one.guild_id)
    return {
        "id": str(one.id),
        "name": one.name if one.type == InteractionType.COMMAND else None,
        "user": person(world, world.users[one.user_id], place),
        "ephemeral": one.ephemeral,
        "channel_id": str(one.channel_id),
    }


def _names(world: World, shown: Json, guild: Guild | None) -> dict[str, str]:
    text = orjson.dumps([shown["content"], shown["embeds"], shown["components"], shown.get("referenced_message")])
    mentioned = {int(it) for it in _MENTION.findall(text)}
    return {str(it): person(world, world.users.peek(it), guild)["name"] for it in mentioned if it in world.users}


def commands(world: World, one: Channel, allowed: list[int]) -> list[Json]:
    """Return the commands of these ids as a client offers them there; a guild's own come before global ones."""
    scopes = [world.commands.get(one.guild_id, {}) if one.guild_id else {}, world.commands[None]]
    found = {(it.type, it.name): it for scope in reversed(scopes) for it in scope.values() if it.id in allowed}
    return [payloads.command(world, it) for it in sorted(found.values(), key=lambda it: it.name)]
