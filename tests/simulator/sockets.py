"""A gateway client that does only what a test tells it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from guildbase.simulator import GatewaySettings, Simulator

FAST = GatewaySettings(identify_interval=0.0)


class Socket:
    """A gateway client that does only what it is told."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, op: int, data: Any = None) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads((await self.socket.receive(timeout=3)).data)
        return frame

    async def event(self, name: str) -> dict[str, Any]:
        while (frame := await self.next())["t"] != name:
            assert frame["op"] in (0, 10, 11), frame
        return frame

    async def close_code(self) -> int | None:
        while (await self.socket.receive(timeout=3)).type not in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED):
            pass
        return self.socket.close_code


@asynccontextmanager
async def dialled(sim: Simulator, query: str = "?v=10&encoding=json") -> AsyncIterator[Socket]:
    async with aiohttp.ClientSession() as session, session.ws_connect(sim.gateway_url + query) as socket:
        client = Socket(socket)
        yield client


def identify(sim: Simulator, **changes: Any) -> dict[str, Any]:
    return {"token": sim.token, "intents": 1 << 0 | 1 << 9, "properties": {}, "shard": [0, 1]} | changes
