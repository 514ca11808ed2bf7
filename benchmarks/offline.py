"""A discord.py client without a network: its real parser of gateway frames, fed by hand.

Everything between the socket and the listeners is discord.py's own code. Only the socket is missing,
so what is measured is parsing, object building, dispatch and whatever the bot does with the message.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence

import discord
from discord.gateway import DiscordWebSocket

from benchmarks.frames import Traffic
from benchmarks.harness import Figure, Sample

BURST = 20
"""Frames that are parsed before the event loop turns, as when a socket delivers several at once."""
LIMIT = 10.0  # seconds for the last messages to be handled


async def connect(client: discord.AutoShardedClient, traffic: Traffic) -> DiscordWebSocket:
    """Give the client its user and its guilds, as after a start, and return its way in for frames."""
    await client._async_setup_hook()
    state = client._connection
    state.user = discord.ClientUser(state=state, data=traffic.bot)  # type: ignore[arg-type]
    for guild in traffic.guilds:
        state._add_guild_from_data(guild)  # type: ignore[arg-type]
    socket = DiscordWebSocket(None, loop=asyncio.get_running_loop())  # type: ignore[arg-type]
    socket._dispatch = client.dispatch
    socket._discord_parsers = state.parsers
    socket.shard_id = 0
    return socket


async def feed(socket: DiscordWebSocket, frames: Sequence[str], handled: Callable[[], int]) -> Sample:
    """Feed the frames and return the cost of one, once the client has handled every one of them.

    Raises:
        AssertionError: some messages were not handled, or handled twice.
    """
    before = handled()
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(0, len(frames), BURST):
        for frame in frames[start : start + BURST]:
            await socket.received_message(frame)
        await asyncio.sleep(0)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LIMIT):
            # Waiting for an event would add to the work of every message; turning the loop adds nothing to any.
            while handled() - before < len(frames):  # noqa: ASYNC110
                await asyncio.sleep(0)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    if (count := handled() - before) != len(frames):
        raise AssertionError(f"{count} messages were handled where {len(frames)} came in")
    return {Figure.WALL: wall / len(frames), Figure.CPU: cpu / len(frames)}
