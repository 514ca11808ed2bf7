"""Presences: who is seen to be online, and doing what. An account that has none is offline."""

from __future__ import annotations

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import Guild, Presence, User
from guildbase.simulator.world.state import Event, World

_STATUSES = frozenset(("online", "idle", "dnd", "invisible", "offline"))
_UNSEEN = frozenset(("invisible", "offline"))


def change(
    world: World, user: User, status: str, activities: list[Json] | None = None, *, client: str = "desktop"
) -> None:
    """Let the account be seen so; all guilds it is in are told if anything is different."""
    if status not in _STATUSES:
        raise ValueError(f"no status {status!r} (there are: {', '.join(sorted(_STATUSES))})")
    before = world.presences.get(user.id)
    now = None if status in _UNSEEN else Presence(status, activities or [], client)
    if now == before:
        return
    if now is None:
        del world.presences[user.id]
    else:
        world.presences[user.id] = now
    for guild in world.guilds.values():
        if user.id in guild.members:
            world.emit(Event("PRESENCE_UPDATE", payloads.presence(world, guild, user.id), guild.id))


def of_guild(world: World, guild: Guild) -> list[Json]:
    """Return the presences of all members of the guild that are seen to be online."""
    # Far fewer accounts are online than a large guild has members.
    return [payloads.presence(world, guild, it) for it in world.presences if it in guild.members]
