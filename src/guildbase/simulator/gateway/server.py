"""The protocol on one socket: hello, heartbeats, IDENTIFY, RESUME and the requests of a running session.

Source: https://discord.com/developers/docs/events/gateway and /topics/opcodes-and-status-codes#gateway
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.gateway import chunking, intents
from guildbase.simulator.gateway.connection import Connection
from guildbase.simulator.gateway.encoding import compressor
from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.gateway.session import Session
from guildbase.simulator.stats import Stats
from guildbase.simulator.world.guilds import emit_voice_state
from guildbase.simulator.world.state import World


class Op(IntEnum):
    """The opcodes, from the server's point of view."""

    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Closing(Exception):
    """Ends the connection with a gateway close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


@dataclass(slots=True, frozen=True)
class GatewaySettings:
    """How the gateway behaves; the defaults are Discord's, but for a concurrency that lets shards start at once."""

    heartbeat_interval: float = 41.25
    max_concurrency: int = 16
    identify_interval: float = 5.0
    session_seconds: float = 300.0
    replay_limit: int = 5000


class GatewayServer:
    """Accepts sockets and speaks the protocol on them."""

    def __init__(self, world: World, hub: Hub, stats: Stats, settings: GatewaySettings) -> None:
        self._world = world
        self._hub = hub
        self._stats = stats
        self._settings = settings
        self.url = ""

    async def accept(self, request: web.Request) -> web.WebSocketResponse:
        """Run one connection until it ends."""
        socket = web.WebSocketResponse(max_msg_size=0, compress=False)
        await socket.prepare(request)
        connection = Connection(request, socket, compressor(request.query.get("compress")))
        writer = asyncio.create_task(connection.write())
        try:
            await _Conversation(self._world, self._hub, self._stats, self._settings, self.url, connection).run(
                request.query.get("v", "10"), socket
            )
        finally:
            connection.closed = True
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
            self._world.watch.changed()
        return socket


class _Conversation:
    """What has been said on one socket so far: above all, which session it carries."""

    def __init__(
        self,
        world: World,
        hub: Hub,
        stats: Stats,
        settings: GatewaySettings,
        url: str,
        connection: Connection,
    ) -> None:
        self._world = world
        self._hub = hub
        self._stats = stats
        self._settings = settings
        self._url = url
        self._connection = connection
        self._session: Session | None = None

    async def run(self, version: str, socket: web.WebSocketResponse) -> None:
        interval = self._settings.heartbeat_interval
        self._connection.send_op(Op.HELLO, {"heartbeat_interval": int(interval * 1000), "_trace": []})
        try:
            if version != "10":
                raise Closing(4012, "Invalid API version.")
            while True:
                try:
                    message = await socket.receive(timeout=interval * 2)
                except TimeoutError:
                    raise Closing(4009, "Session timed out.") from None
                if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                    break
                self._receive(message.data)
        except Closing as closing:
            await self._connection.close(closing.code, closing.reason)
        finally:
            if self._session is not None:
                self._session.detach(self._connection, self._world.clock.time())
                # A client that says goodbye with 1000 or 1001 gives its session up.
                if socket.close_code in (1000, 1001) and not self._connection.closed:
                    self._hub.forget(self._session)

    def _receive(self, raw: str | bytes) -> None:
        if self._connection.too_many_frames():
            raise Closing(4008, "Rate limited.")
        try:
            frame = orjson.loads(raw)
            op, data = int(frame["op"]), frame.get("d")
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
            raise Closing(4002, "Error while decoding payload.") from None
        try:
            self._handle(op, data)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Closing(4002, "Error while decoding payload.") from None

    def _handle(self, op: int, data: Any) -> None:
        if op == Op.HEARTBEAT:
            self._connection.send_op(Op.HEARTBEAT_ACK)
        elif op == Op.IDENTIFY:
            self._identify(data)
        elif op == Op.RESUME:
            self._resume(data)
        elif op in (Op.PRESENCE, Op.VOICE_STATE, Op.REQUEST_MEMBERS):
            if self._session is None:
                raise Closing(4003, "Not authenticated.")
            if op == Op.REQUEST_MEMBERS:
                chunking.send_members(self._world, self._session, data)
            elif op == Op.VOICE_STATE:
                self._move_voice(data)
        else:
            raise Closing(4001, "Unknown opcode.")

    def _check_token(self, data: Json) -> None:
        if str(data["token"]).removeprefix("Bot ") != self._world.application.token:
            raise Closing(4004, "Authentication failed.")

    def _identify(self, data: Json) -> None:
        if self._session is not None:
            raise Closing(4005, "Already authenticated.")
        self._check_token(data)
        shard = _shard(data.get("shard", [0, 1]))
        asked = int(data["intents"])
        if asked & ~intents.KNOWN:
            raise Closing(4013, "Invalid intent(s).")
        if intents.disallowed(asked, self._world.application.flags):
            raise Closing(4014, "Disallowed intent(s).")
        if not self._hub.may_start(shard[0]):
            self._stats.refused_identifies += 1
            self._connection.send_op(Op.INVALID_SESSION, data=False)
            return
        self._stats.identifies += 1
        session = Session(shard, asked, int(data.get("large_threshold", 50)), replay_limit=self._settings.replay_limit)
        self._begin(session)

    def _begin(self, session: Session) -> None:
        self._session = session
        session.attach(self._connection)
        mine = [
            it for it in self._world.guilds.values() if self._world.bot.id in it.members and session.hears_of(it.id)
        ]
        ready: Json = {
            "v": 10,
            "user": payloads.current_user(self._world.bot),
            "guilds": [{"id": str(it.id), "unavailable": True} for it in mine],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self._url,
            "shard": list(session.shard),
            "application": {
                "id": str(self._world.application.id),
                "flags": int(self._world.application.flags),
            },
            "private_channels": [],
            "relationships": [],
            "user_settings": {},
        }
        session.dispatch("READY", orjson.dumps(ready))
        for guild in mine:
            self._hub.send_guild(session, guild)
        self._hub.open(session)
        self._world.watch.changed()

    def _resume(self, data: Json) -> None:
        if self._session is not None:
            raise Closing(4005, "Already authenticated.")
        self._check_token(data)
        session = self._hub.find(str(data["session_id"]))
        sequence = int(data["seq"])
        if session is None or not session.can_replay(sequence):
            self._connection.send_op(Op.INVALID_SESSION, data=False)
            return
        if session.connection is not None:
            session.connection.cut()
        self._stats.resumes += 1
        self._session = session
        session.attach(self._connection)
        session.replay(sequence)
        session.dispatch("RESUMED", b'{"_trace":[]}')
        self._world.watch.changed()

    def _move_voice(self, data: Json) -> None:
        guild = self._world.guilds[int(data["guild_id"])]
        member = guild.members[self._world.bot.id]
        channel_id = data.get("channel_id")
        member.voice_channel_id = None if channel_id is None else int(channel_id)
        emit_voice_state(self._world, guild, member)


def _shard(value: list[int]) -> tuple[int, int]:
    shard_id, shard_count = value
    if not 0 <= shard_id < shard_count:
        raise Closing(4010, "Invalid shard.")
    return shard_id, shard_count
