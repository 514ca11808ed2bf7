"""Where sockets arrive: each gets a conversation and a task that writes to it."""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web

from guildbase.simulator.faults.gateway import GatewayFaults
from guildbase.simulator.gateway.connection import Connection
from guildbase.simulator.gateway.conversation import Conversation
from guildbase.simulator.gateway.encoding import compressor
from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.gateway.settings import GatewaySettings
from guildbase.simulator.stats import Stats
from guildbase.simulator.world.state import World

# What is larger than a frame may be, but not this large, still gets a proper close code.
_LARGEST_MESSAGE = 4 << 20


class GatewayServer:
    """Accepts sockets and speaks the protocol on them."""

    def __init__(self, world: World, hub: Hub, stats: Stats, faults: GatewayFaults, settings: GatewaySettings) -> None:
        self._world = world
        self._hub = hub
        self._stats = stats
        self._faults = faults
        self._settings = settings

    async def accept(self, request: web.Request, url: str) -> web.StreamResponse:
        """Run one connection until it ends; `url` is where the client may resume."""
        if self._faults.refuses():
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=_LARGEST_MESSAGE, compress=False)
        await socket.prepare(request)
        compress = compressor(request.query.get("compress"))
        connection = Connection(request, socket, compress, self._settings.frames_per_minute)
        writer = asyncio.create_task(connection.write())
        conversation = Conversation(self._world, self._hub, self._stats, self._faults, self._settings, url, connection)
        try:
            await conversation.run(request.query.get("v", "10"), request.query.get("encoding", "json"), socket)
        finally:
            connection.closed = True
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
            self._world.watch.changed()
        return socket
