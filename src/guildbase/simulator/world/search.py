"""Members by the beginning of a name, found without going through a crowd of guests who cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator

from guildbase.simulator.world.entities import Guild, Member
from guildbase.simulator.world.entities.users import GUEST
from guildbase.simulator.world.state import World


def by_name(world: World, guild: Guild, query: str) -> Iterator[Member]:
    """Yield, for reading only, the members whose nickname, display name or user name begins with the query."""
    query = query.lower()
    members, users = guild.members, world.users
    yield from (it for it in members.stored.values() if _matches(world, it, query))
    if _may_be_guests(query):
        unseen = members.unseen(range(len(members.crowd)))
    else:
        known = (it for it in users.stored if it in members and it not in members.stored)
        unseen = map(members.peek, known)
    yield from (it for it in unseen if _matches(world, it, query))


def _may_be_guests(query: str) -> bool:
    start = query.replace(" ", "_")
    return GUEST.startswith(start) or start.startswith(GUEST)


def _matches(world: World, member: Member, query: str) -> bool:
    user = world.users.peek(member.user_id)
    shown = (member.nick, user.global_name, user.username)
    return any(name is not None and name.lower().startswith(query) for name in shown)
