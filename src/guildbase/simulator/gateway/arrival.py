"""The guilds of a session that has just begun: the first ones at once, the others as fast as the client takes them.

A bot in thousands of guilds gets hundreds of megabytes here. Made all at once they would fill the memory, and
nobody else would be served meanwhile.
"""

from __future__ import annotations

import orjson

from guildbase.simulator.gateway.connection import Connection
from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.gateway.session import Session
from guildbase.simulator.world.state import World

_AT_ONCE = 20


def send_first(world: World, hub: Hub, session: Session) -> None:
    """Send as many guilds as take no time worth speaking of; of the others the session hears nothing yet."""
    guild_ids = [it.id for it in hub.guilds_of(session)]
    for guild_id in guild_ids[:_AT_ONCE]:
        hub.send_guild(session, world.guilds[guild_id])
    session.unsent = dict.fromkeys(guild_ids[_AT_ONCE:])


async def send_others(world: World, hub: Hub, session: Session, connection: Connection) -> None:
    """Send what is left, each guild when the client has taken the one before."""
    while session.unsent and not connection.closed:
        await connection.drained()
        guild_id = next(iter(session.unsent))
        del session.unsent[guild_id]
        guild = world.guilds.get(guild_id)
        if guild is None or world.bot.id not in guild.members:
            session.dispatch("GUILD_DELETE", orjson.dumps({"id": str(guild_id)}))
        else:
            hub.send_guild(session, guild)
    world.watch.changed()
