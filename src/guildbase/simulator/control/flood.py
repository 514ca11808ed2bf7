"""Many messages at once, encoded beforehand, to measure how fast a bot takes events."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import orjson
from pydantic import Field

from guildbase.simulator import payloads
from guildbase.simulator.control.models import ChannelRef, GuildRef, Model, UserRef
from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.gateway.intents import Intent, without_content
from guildbase.simulator.people.errors import NotConnected
from guildbase.simulator.world.entities import Channel, Message, User
from guildbase.simulator.world.state import World

_BATCH = 500


class FloodRequest(Model):
    """Many messages by one person, sent to the gateway alone as fast as it takes them; they are not kept."""

    guild: GuildRef
    user: UserRef
    channel: ChannelRef = None
    count: Annotated[int, Field(ge=1, le=1_000_000)]
    content: str = "hello there, this is a normal chat message of a normal length :)"


class FloodResult(Model):
    """How long the sending took."""

    sent: int
    seconds: float
    bytes_each: float


async def flood(
    world: World, hub: Hub, channel: Channel, author: User, content: str, count: int
) -> tuple[int, float, int]:
    """Send `count` MESSAGE_CREATE events to the channel's session; return count, seconds and bytes of all.

    The messages exist on the wire only: they cannot be fetched, edited or replied to.
    """
    session = hub.listener_of(channel.guild_id)
    if session is None or session.connection is None:
        raise NotConnected("no gateway session hears of this guild")
    first = world.new_id()
    data = payloads.message_event(world, Message(first, channel.id, author.id, content))
    if not session.intents & Intent.MESSAGE_CONTENT:
        data = without_content("MESSAGE_CREATE", data, str(world.bot.id)) or data
    before, after = orjson.dumps(data).split(b'"id":"%d"' % first, 1)
    size = 0
    started = time.perf_counter()
    for number in range(count):
        body = b'%s"id":"%d"%s' % (before, first + number, after)
        size += len(body)
        session.dispatch("MESSAGE_CREATE", body)
        if number % _BATCH == _BATCH - 1:
            await session.connection.drained()
            await asyncio.sleep(0)
        if not session.connected:
            raise NotConnected("the bot's connection broke during the flood")
    await session.connection.drained()
    return count, time.perf_counter() - started, size
