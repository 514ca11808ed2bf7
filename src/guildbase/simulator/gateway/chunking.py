"""Op 8: members on request, in chunks of at most a thousand."""

from __future__ import annotations

import orjson

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.gateway.intents import Intent
from guildbase.simulator.gateway.session import Session
from guildbase.simulator.world.entities import Guild, Member
from guildbase.simulator.world.state import World

_CHUNK = 1000


def send_members(world: World, session: Session, request: Json) -> None:
    """Answer a request for a guild's members by ids, by the start of their names, or all of them."""
    guild = world.guilds.get(int(request["guild_id"]))
    if guild is None or world.bot.id not in guild.members:
        return
    wanted = _ids(request.get("user_ids"))
    if wanted is not None:
        found = [guild.members[it] for it in wanted if it in guild.members]
    else:
        found = _by_name(world, session, guild, request)
    missing = [str(it) for it in wanted or [] if it not in guild.members]
    count = max(1, -(-len(found) // _CHUNK))
    for index in range(count):
        part = found[index * _CHUNK : (index + 1) * _CHUNK]
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [payloads.member(world, it) for it in part],
            "chunk_index": index,
            "chunk_count": count,
            "not_found": missing,
            "nonce": request.get("nonce"),
        }
        session.dispatch("GUILD_MEMBERS_CHUNK", orjson.dumps(chunk))


def _ids(value: list[int | str] | int | str | None) -> list[int] | None:
    if value is None:
        return None
    return [int(it) for it in (value if isinstance(value, list) else [value])]


def _by_name(world: World, session: Session, guild: Guild, request: Json) -> list[Member]:
    query = str(request.get("query") or "").lower()
    limit = int(request.get("limit") or 0)
    if not query and not session.intents & Intent.GUILD_MEMBERS:
        return [guild.members[world.bot.id]]
    found = [it for it in guild.members.values() if _matches(world, it, query)]
    return found[: min(limit, 100)] if limit else found


def _matches(world: World, member: Member, query: str) -> bool:
    user = world.users[member.user_id]
    shown = (member.nick, user.global_name, user.username)
    return any(name is not None and name.lower().startswith(query) for name in shown)
