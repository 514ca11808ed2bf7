"""A gateway session: its shard, intents, sequence and the recent events it can replay to a new socket."""

from __future__ import annotations

import secrets
from collections import deque

from guildbase.core.snowflake import shard_of
from guildbase.simulator.gateway.connection import Connection


class Session:
    """What IDENTIFY opened; it lives on for a while without a socket, so that RESUME can continue it."""

    def __init__(self, shard: tuple[int, int], intents: int, large_threshold: int, *, replay_limit: int) -> None:
        self.id = secrets.token_hex(16)
        self.shard = shard
        self.intents = intents
        self.large_threshold = large_threshold
        self.sequence = 0
        self.connection: Connection | None = None
        self.detached_at = 0.0
        self._replay: deque[tuple[int, bytes]] = deque(maxlen=replay_limit)

    @property
    def connected(self) -> bool:
        """Whether a socket is attached and alive."""
        return self.connection is not None and not self.connection.closed

    def hears_of(self, guild_id: int | None) -> bool:
        """Tell whether this shard gets the guild's events; what is outside guilds goes to shard 0."""
        shard_id, shard_count = self.shard
        return (0 if guild_id is None else shard_of(guild_id, shard_count)) == shard_id

    def dispatch(self, name: str, body: bytes) -> None:
        """Number the event, whose payload is encoded already, keep it for replay, and send it."""
        self.sequence += 1
        frame = b'{"op":0,"t":"%s","s":%d,"d":%s}' % (name.encode(), self.sequence, body)
        self._replay.append((self.sequence, frame))
        if self.connection is not None:
            self.connection.send(frame)

    def can_replay(self, sequence: int) -> bool:
        """Tell whether every event after `sequence` is still kept."""
        oldest = self._replay[0][0] if self._replay else self.sequence + 1
        return oldest - 1 <= sequence <= self.sequence

    def replay(self, sequence: int) -> None:
        """Send every kept event after `sequence` again."""
        if self.connection is not None:
            for number, frame in self._replay:
                if number > sequence:
                    self.connection.send(frame)

    def attach(self, connection: Connection) -> None:
        """Continue on a new socket."""
        self.connection = connection

    def detach(self, connection: Connection, now: float) -> None:
        """Note that the socket is gone since `now`, unless another has taken its place."""
        if self.connection is connection:
            self.connection = None
            self.detached_at = now
