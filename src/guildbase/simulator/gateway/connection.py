"""One websocket: frames are queued at once by whoever has one, and written in order by a task of its own."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections import deque

import orjson
from aiohttp import web

from guildbase.simulator.errors import Json
from guildbase.simulator.gateway.encoding import Compress


class Connection:
    """The server's side of a socket; it knows nothing of sessions."""

    def __init__(
        self, request: web.Request, socket: web.WebSocketResponse, compress: Compress | None, frames_per_minute: int
    ) -> None:
        self._request = request
        self._socket = socket
        self._compress = compress
        self._pending: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._received: deque[float] = deque(maxlen=frames_per_minute)
        self.closed = False
        self.silent = False

    def send(self, frame: bytes) -> None:
        """Queue an encoded frame."""
        if not self.closed and not self.silent:
            self._pending.append(frame)
            self._idle.clear()
            self._wake.set()

    def send_op(self, op: int, data: Json | bool | int | None = None) -> None:
        """Queue a frame that is no event."""
        self.send(orjson.dumps({"op": op, "d": data, "s": None, "t": None}))

    def compress_payloads(self) -> None:
        """Compress each frame by itself from now on, unless the whole stream is compressed already."""
        if self._compress is None:
            self._compress = zlib.compress

    async def write(self) -> None:
        """Write queued frames until the socket is gone. One frame an event: clients expect it so."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._pending:
                    await self._write_one(self._pending.popleft())
                self._idle.set()
        except (ConnectionError, RuntimeError):
            self.cut()
        finally:
            self.closed = True
            self._idle.set()

    async def _write_one(self, frame: bytes) -> None:
        if self._compress is None:
            await self._socket.send_str(frame.decode())
        else:
            await self._socket.send_bytes(self._compress(frame))

    async def drained(self) -> None:
        """Wait until everything queued has been handed to the socket (or it is gone)."""
        await self._idle.wait()

    def too_many_frames(self) -> bool:
        """Count a received frame; True when the client sent more than it may within a minute."""
        now = time.monotonic()
        full = len(self._received) == self._received.maxlen and now - self._received[0] < 60
        self._received.append(now)
        return full

    async def close(self, code: int, reason: str) -> None:
        """Close with a gateway close code, after what is already queued."""
        await self.drained()
        self.closed = True
        await self._socket.close(code=code, message=reason.encode())

    def cut(self) -> None:
        """Break the connection off without a closing handshake, as a lost network does."""
        self.closed = True
        if self._request.transport is not None:
            self._request.transport.abort()
