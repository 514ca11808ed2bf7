"""The protocol on one socket: hello, heartbeats, IDENTIFY, RESUME, and the end with the right close code.

Source: https://discord.com/developers/docs/events/gateway and /topics/opcodes-and-status-codes#gateway
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

import orjson
from aiohttp import WSMessage, WSMsgType, web
from pydantic import ValidationError

from guildbase.simulator import payloads
from guildbase.simulator.errors import Json
from guildbase.simulator.faults.gateway import GatewayFaults
from guildbase.simulator.gateway import arrival, intents, requests
from guildbase.simulator.gateway.connection import Connection
from guildbase.simulator.gateway.frames import Identify, Op, Resume
from guildbase.simulator.gateway.hub import Hub
from guildbase.simulator.gateway.session import Session
from guildbase.simulator.gateway.settings import GatewaySettings
from guildbase.simulator.stats import Stats
from guildbase.simulator.world.entities import Presence
from guildbase.simulator.world.state import World

_log = logging.getLogger(__name__)
_TRACE = ["simulator"]
# discord.py notes when it sent a heartbeat after it has sent it. An acknowledgement that came sooner would be
# measured from the heartbeat before, as a latency of 41 s, and no network is that fast.
_WAY_BACK = 0.02


class Closing(Exception):
    """Ends the connection with a gateway close code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class Conversation:
    """What has been said on one socket so far: above all, which session it carries."""

    def __init__(
        self,
        world: World,
        hub: Hub,
        stats: Stats,
        faults: GatewayFaults,
        settings: GatewaySettings,
        url: str,
        connection: Connection,
    ) -> None:
        self._world = world
        self._hub = hub
        self._stats = stats
        self._faults = faults
        self._settings = settings
        self._url = url
        self._connection = connection
        self._session: Session | None = None
        self._arrival: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._last_heartbeat = self._loop.time()

    async def run(self, version: str, encoding: str, socket: web.WebSocketResponse) -> None:
        """Speak until either side ends it."""
        interval = int(self._settings.heartbeat_interval * 1000)
        self._connection.send_op(Op.HELLO, {"heartbeat_interval": interval, "_trace": _TRACE})
        try:
            if version != "10":
                raise Closing(4012, "Invalid API version.")
            if encoding != "json":
                raise Closing(4002, "The simulator speaks encoding=json only.")
            while (message := await self._next(socket)).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                if not self._connection.silent:
                    self._receive(message.data)
        except Closing as closing:
            await self._connection.close(closing.code, closing.reason)
        except Exception:
            self._stats.crashes += 1
            _log.exception("a gateway frame could not be handled")
            await self._connection.close(4000, "Unknown error.")
        finally:
            self._end(socket)

    async def _next(self, socket: web.WebSocketResponse) -> WSMessage:
        """Wait for a frame; whoever sends other frames but no heartbeats is timed out as well."""
        while True:
            try:
                async with asyncio.timeout_at(self._deadline()):
                    return await socket.receive()
            except TimeoutError:
                if self._deadline() is not None:
                    raise Closing(4009, "Session timed out.") from None

    def _deadline(self) -> float | None:
        if self._connection.silent:
            return None
        return self._last_heartbeat + 2 * self._settings.heartbeat_interval

    def _end(self, socket: web.WebSocketResponse) -> None:
        if self._session is not None:
            self._hub.detach(self._session, self._connection)
            # A client that says goodbye with 1000 or 1001 gives its session up; so is one that never began in full.
            if self._session.unsent or (socket.close_code in (1000, 1001) and not self._connection.closed):
                self._hub.forget(self._session)

    def _receive(self, raw: str | bytes) -> None:
        if self._connection.too_many_frames():
            raise Closing(4008, "Rate limited.")
        if len(raw) > self._settings.largest_frame:
            raise Closing(4002, "Payload too large.")
        try:
            frame = orjson.loads(raw)
        except orjson.JSONDecodeError:
            frame = None
        # A number too large for the parser arrives as a float, and true must not pass for 1.
        if not isinstance(frame, dict) or type(frame.get("op")) is not int:
            raise Closing(4002, "Error while decoding payload.")
        try:
            self._handle(frame["op"], frame.get("d"))
        except ValidationError:
            raise Closing(4002, "Error while decoding payload.") from None

    def _handle(self, op: int, data: Any) -> None:
        if op == Op.HEARTBEAT:
            self._heartbeat()
        elif op in (Op.IDENTIFY, Op.RESUME) and self._session is not None:
            raise Closing(4005, "Already authenticated.")
        elif op == Op.IDENTIFY:
            self._identify(Identify.model_validate(data))
        elif op == Op.RESUME:
            self._resume(Resume.model_validate(data))
        elif op not in requests.ANSWERS:
            raise Closing(4001, "Unknown opcode.")
        elif self._session is None:
            raise Closing(4003, "Not authenticated.")
        else:
            requests.answer(self._world, self._hub, self._session, op, data)

    def _heartbeat(self) -> None:
        self._last_heartbeat = self._loop.time()
        shard = None if self._session is None else self._session.shard[0]
        acknowledge = partial(self._connection.send_op, Op.HEARTBEAT_ACK)
        self._loop.call_later(_WAY_BACK, self._faults.acknowledge, shard, acknowledge)

    def _check_token(self, token: str) -> None:
        if token.removeprefix("Bot ") != self._world.application.token:
            raise Closing(4004, "Authentication failed.")

    def _identify(self, wish: Identify) -> None:
        self._check_token(wish.token)
        if not 0 <= wish.shard[0] < wish.shard[1]:
            raise Closing(4010, "Invalid shard.")
        if wish.intents & ~intents.KNOWN:
            raise Closing(4013, "Invalid intent(s).")
        if intents.disallowed(wish.intents, self._world.application.flags):
            raise Closing(4014, "Disallowed intent(s).")
        session = Session(
            wish.shard, wish.intents, wish.large_threshold, self._faults, replay_limit=self._settings.replay_limit
        )
        if len(self._hub.guilds_of(session)) > self._settings.guilds_per_shard:
            raise Closing(4011, "Sharding required.")
        if not self._hub.starts.allow(wish.shard[0]):
            self._stats.refused_identifies += 1
            self._connection.send_op(Op.INVALID_SESSION, data=False)
            return
        self._stats.identifies += 1
        if wish.compress:
            self._connection.compress_payloads()
        if wish.presence is not None:
            session.presence = Presence(wish.presence.status, wish.presence.shown_activities())
        self._begin(session)

    def _begin(self, session: Session) -> None:
        self._session = session
        self._hub.attach(session, self._connection)
        guilds = self._hub.guilds_of(session)
        session.dispatch("READY", orjson.dumps(self._ready(session, [str(it.id) for it in guilds])))
        arrival.send_first(self._world, self._hub, session)
        self._hub.open(session)
        if session.unsent:
            others = arrival.send_others(self._world, self._hub, session, self._connection)
            self._arrival = asyncio.create_task(others)
        self._world.watch.changed()

    def _ready(self, session: Session, guild_ids: list[str]) -> Json:
        application = self._world.application
        return {
            "v": 10,
            "user": payloads.current_user(self._world.bot),
            "guilds": [{"id": it, "unavailable": True} for it in guild_ids],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self._url,
            "shard": list(session.shard),
            "application": {"id": str(application.id), "flags": int(application.flags)},
            "private_channels": [],
            "presences": [],
            "relationships": [],
            "guild_join_requests": [],
            "user_settings": {},
            "_trace": _TRACE,
        }

    def _resume(self, wish: Resume) -> None:
        self._check_token(wish.token)
        session = self._hub.find(wish.session_id)
        if session is None or session.lost(wish.seq):
            self._connection.send_op(Op.INVALID_SESSION, data=False)
            return
        if session.connection is not None:
            session.connection.cut()
        if not 0 <= wish.seq <= session.sequence:
            self._hub.forget(session)
            raise Closing(4007, "Invalid seq.")
        self._stats.resumes += 1
        self._session = session
        self._hub.attach(session, self._connection)
        session.replay(wish.seq)
        session.dispatch("RESUMED", orjson.dumps({"_trace": _TRACE}))
        self._world.watch.changed()
