"""How an account is seen in a guild."""

from __future__ import annotations

from guildbase.simulator.errors import Json
from guildbase.simulator.world.entities import Guild, Presence
from guildbase.simulator.world.state import World

_OFFLINE = Presence("offline")


def presence(world: World, guild: Guild, user_id: int) -> Json:
    """Return a presence update; whoever is not known to be online is offline."""
    one = world.presences.get(user_id, _OFFLINE)
    return {
        "user": {"id": str(user_id)},
        "guild_id": str(guild.id),
        "status": one.status,
        "activities": [_activity(world, it) for it in one.activities],
        "client_status": {} if one is _OFFLINE else {one.client: one.status},
    }


def _activity(world: World, one: Json) -> Json:
    # Every activity has these; bots and scripts may leave them out.
    made = int(world.clock.time() * 1000)
    return {"name": "", "type": 0, "created_at": made} | {key: it for key, it in one.items() if it is not None}
