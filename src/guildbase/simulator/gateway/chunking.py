"""Op 8: members on request, in chunks of at most a thousand."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import orjson

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.gateway.frames import RequestMembers
from guildbase.simulator.gateway.intents import Intent
from guildbase.simulator.gateway.session import Session
from guildbase.simulator.world import search
from guildbase.simulator.world.entities import Guild, Member
from guildbase.simulator.world.state import World

_CHUNK = 1000
_AT_ONCE = 10
_MOST_FOUND = 100


def send_members(world: World, session: Session, guild: Guild, wish: RequestMembers) -> None:
    """Answer a request for a guild's members by ids, by the start of their names, or all of them."""
    bodies = _chunks(world, session, guild, wish)
    for body in islice(bodies, _AT_ONCE):
        session.dispatch("GUILD_MEMBERS_CHUNK", body)
    # A guild may have a million members, who must neither be in memory all at once nor hold everybody else up.
    session.dispatch_later("GUILD_MEMBERS_CHUNK", bodies)


def _chunks(world: World, session: Session, guild: Guild, wish: RequestMembers) -> Iterator[bytes]:
    """Yield the encoded chunks; each is made when it is asked for."""
    everyone = wish.user_ids is None and wish.wants_all and not wish.limit and session.intents & Intent.GUILD_MEMBERS
    found = [] if everyone else _found(world, session, guild, wish)
    count = max(1, -(-len(guild.members if everyone else found) // _CHUNK))
    missing = [str(it) for it in wish.user_ids or () if it not in guild.members]
    with_presences = bool(wish.presences and session.intents & Intent.GUILD_PRESENCES)
    last = 0
    for index in range(count):
        part = guild.members.after(last, _CHUNK) if everyone else found
        last = part[-1].user_id if part else last
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [payloads.member(world, it) for it in part],
            "chunk_index": index,
            "chunk_count": count,
            "not_found": missing,
            "nonce": wish.usable_nonce,
        }
        if with_presences:
            online = (it.user_id for it in part if it.user_id in world.presences)
            chunk["presences"] = [payloads.presence(world, guild, it) for it in online]
        yield orjson.dumps(chunk)


def _found(world: World, session: Session, guild: Guild, wish: RequestMembers) -> list[Member]:
    if wish.user_ids is not None:
        known = [it for it in dict.fromkeys(wish.user_ids) if it in guild.members]
        return [guild.members.peek(it) for it in known[:_MOST_FOUND]]
    if wish.wants_all and not session.intents & Intent.GUILD_MEMBERS:
        return [guild.members[world.bot.id]]
    return list(islice(search.by_name(world, guild, wish.query or ""), min(wish.limit or _MOST_FOUND, _MOST_FOUND)))
