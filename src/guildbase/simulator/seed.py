"""A small world to begin with: the same guilds, people, channels and ids at every start."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from guildbase.core.snowflake import DISCORD_EPOCH_MS
from guildbase.simulator.permissions import MODERATOR_DEFAULT, Permission
from guildbase.simulator.world import channels, guilds, messages, roles
from guildbase.simulator.world.entities import ChannelType, Guild, Member, User
from guildbase.simulator.world.entities.crowd import STEP
from guildbase.simulator.world.messages import Draft
from guildbase.simulator.world.state import World

if TYPE_CHECKING:
    from guildbase.simulator.server import Simulator

_BEGIN = datetime(2024, 3, 1, tzinfo=UTC)
_SPREAD = 2
_GUILDS = ("Harbour Café", "Tidepool Games", "Lantern Books", "Northside Makers", "Copper Kettle", "Maple Street")
_PEOPLE = ("Mara", "Jonas", "Priya", "Tomás", "Aiko", "Femi", "Greta", "Ilya", "Noor", "Otis", "Wren", "Zofia")
_USERNAMES = ("mara", "jonas", "priya", "tomas", "aiko", "femi", "greta", "ilya", "noor", "otis", "wren", "zofia")
_OWNER, _MODERATOR, _PRIVATE = 0, 1, 4
_NAMED = 24
_LIVELY = 500
_GUESTS_SINCE = datetime(2022, 6, 1, tzinfo=UTC)
_CHANNELS = (
    ("Welcome", ChannelType.CATEGORY),
    ("general", ChannelType.TEXT),
    ("random", ChannelType.TEXT),
    ("mod-log", ChannelType.TEXT),
    ("Lounge", ChannelType.VOICE),
)
_LOOKS = {"Admin": (0xE0915A, True), "Moderator": (0x5FB3A1, True)}
_TALK = (
    (2, "general", "Morning all! Is the quiz still on for Friday?"),
    (_MODERATOR, "general", "It is. Doors open at seven, bring a friend."),
    (3, "general", "Count me in."),
    (2, "random", "Look what the tide brought in today."),
    (5, "random", "That is a very large crab."),
)


def seed(sim: Simulator, guilds: int = 2, members: int = 8) -> None:
    """Fill the world. The first person owns every guild, the second moderates, the fifth takes no direct messages.

    The guilds take turns on two shards, so that a small world shows sharding at work. Of many members only the
    first 24 are people who know each other, and only the first 500 guilds have them all; the others are
    guests, each in one guild, who take next to no memory until somebody has to do with them.
    """
    ids = _ids(_BEGIN)
    people = [_account(sim.world, number, next(ids)) for number in range(min(members, _NAMED))]
    opened = first = next(_ids(_GUESTS_SINCE))
    for number in range(guilds):
        present = people if number < _LIVELY else people[: _MODERATOR + 1]
        guild = _guild(sim.world, number, present, ids)
        guild.members.crowd = range(first, first + (members - len(present)) * STEP, STEP)
        guild.members.crowd_joined_at = _BEGIN
        first = guild.members.crowd.stop
    sim.world.users.crowd = range(opened, first, STEP)


def _ids(begin: datetime) -> Iterator[int]:
    first = int(begin.timestamp() * 1000) - DISCORD_EPOCH_MS
    return (milliseconds << 22 for milliseconds in count(first))


def _account(world: World, number: int, user_id: int) -> User:
    row, column = divmod(number, len(_PEOPLE))
    suffix = f"_{row + 1}" if row else ""
    username = _USERNAMES[column] + suffix
    user = guilds.create_user(world, username, global_name=_PEOPLE[column] + suffix.replace("_", " "), user_id=user_id)
    user.dms_open = number != _PRIVATE
    return user


def _guild(world: World, number: int, people: list[User], ids: Iterator[int]) -> Guild:
    row, column = divmod(number, len(_GUILDS))
    name = _GUILDS[column] + (f" {row + 1}" if row else "")
    guild_id = next(it for it in ids if (it >> 22) % _SPREAD == number % _SPREAD)
    guild = guilds.create_guild(world, name, people[_OWNER], guild_id=guild_id)
    member = roles.create(world, guild, "Member", role_id=next(ids))
    moderator = roles.create(world, guild, "Moderator", permissions=MODERATOR_DEFAULT, position=2, role_id=next(ids))
    admin = int(Permission.ADMINISTRATOR)
    roles.create(world, guild, "Admin", permissions=admin, position=3, role_id=next(ids))
    for role in guild.roles.values():
        role.color, role.hoist = _LOOKS.get(role.name, (0, False))
    parent_id: int | None = None
    for name, kind in _CHANNELS:
        values = {} if kind == ChannelType.CATEGORY else {"parent_id": parent_id}
        channel = channels.create(world, guild, name, kind, channel_id=next(ids), values=values)
        parent_id = channel.id if kind == ChannelType.CATEGORY else parent_id
    for place, user in enumerate(people):
        held = (member.id, moderator.id) if place == _MODERATOR else (member.id,)
        guild.members[user.id] = Member(user.id, _BEGIN, roles=held)
    guilds.bot_joins(world, guild, role_id=next(ids))
    _talk(world, guild, people)
    return guild


def _talk(world: World, guild: Guild, people: list[User]) -> None:
    by_name = {it.name: it for it in guild.channels.values()}
    for speaker, channel, content in _TALK:
        if speaker < len(people):
            messages.send(world, by_name[channel], people[speaker], Draft(content))
