"""A gateway session: its shard, intents, sequence and the recent events it can replay to a new socket."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from guildbase.core.snowflake import shard_of
from guildbase.simulator.gateway.connection import Connection
from guildbase.simulator.world.entities import Presence

if TYPE_CHECKING:
    from guildbase.simulator.faults.gateway import GatewayFaults

_MOST_BYTES_KEPT = 8 << 20


class Session:
    """What IDENTIFY opened; it lives on for a while without a socket, so that RESUME can continue it."""

    def __init__(
        self, shard: tuple[int, int], intents: int, large_threshold: int, faults: GatewayFaults, *, replay_limit: int
    ) -> None:
        self.id = secrets.token_hex(16)
        self.shard = shard
        self.intents = intents
        self.large_threshold = large_threshold
        self.presence = Presence()
        self.unsent: dict[int, None] = {}
        """The ids of guilds whose GUILD_CREATE is still to come."""
        self.sequence = 0
        self.connection: Connection | None = None
        self.detached_at = 0.0
        self._faults = faults
        self._replay: deque[tuple[int, bytes]] = deque()
        self._replay_limit = replay_limit
        self._replay_bytes = 0
        self._later: set[asyncio.Task[None]] = set()

    @property
    def connected(self) -> bool:
        """Whether a socket is attached and alive."""
        return self.connection is not None and not self.connection.closed and not self.connection.silent

    def hears_of(self, guild_id: int | None) -> bool:
        """Tell whether the session gets the guild's events; what is outside guilds goes to shard 0."""
        shard_id, shard_count = self.shard
        mine = (0 if guild_id is None else shard_of(guild_id, shard_count)) == shard_id
        return mine and guild_id not in self.unsent

    def dispatch(self, name: str, body: bytes) -> None:
        """Number the event, whose payload is encoded already, keep it for replay, and send it."""
        self.sequence += 1
        frame = b'{"op":0,"t":"%s","s":%d,"d":%s}' % (name.encode(), self.sequence, body)
        self._keep(frame)
        self._faults.pass_on(self, name, frame)

    def dispatch_later(self, name: str, bodies: Iterator[bytes]) -> None:
        """Dispatch events one after another, each made only when the socket has taken those before it."""
        task = asyncio.create_task(self._dispatch_each(name, bodies))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _dispatch_each(self, name: str, bodies: Iterator[bytes]) -> None:
        connection = self.connection
        for body in bodies:
            if connection is None or self.connection is not connection:
                break
            self.dispatch(name, body)
            await connection.drained()

    def _keep(self, frame: bytes) -> None:
        self._replay.append((self.sequence, frame))
        self._replay_bytes += len(frame)
        while len(self._replay) > self._replay_limit or self._replay_bytes > _MOST_BYTES_KEPT:
            self._replay_bytes -= len(self._replay.popleft()[1])

    def lost(self, sequence: int) -> bool:
        """Tell whether events after `sequence` are no longer kept."""
        oldest = self._replay[0][0] if self._replay else self.sequence + 1
        return 0 <= sequence < oldest - 1

    def replay(self, sequence: int) -> None:
        """Send every kept event after `sequence` again."""
        if self.connection is not None:
            for number, frame in self._replay:
                if number > sequence:
                    self.connection.send(frame)

    def silence(self, now: float) -> None:
        """Leave the socket open, but be heard on it no more since `now`."""
        if self.connection is not None:
            self.connection.silent = True
            self.detached_at = now

    def attach(self, connection: Connection) -> None:
        """Continue on a new socket."""
        self.connection = connection

    def detach(self, connection: Connection, now: float) -> None:
        """Note that the socket is gone since `now`, unless another has taken its place."""
        if self.connection is connection:
            self.connection = None
            self.detached_at = now
