"""Nonces of messages: sending again with one that was just used must not send twice."""

from __future__ import annotations

from guildbase.simulator.world.clock import Clock

_SECONDS = 300.0


class Nonces:
    """Remembers for a few minutes which message a nonce made."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: dict[tuple[int, int, str], tuple[float, int]] = {}

    def remember(self, channel_id: int, author_id: int, nonce: str | int, message_id: int) -> None:
        """Note the message, and forget what is too old to matter."""
        limit = self._clock.time() - _SECONDS
        while self._made and next(iter(self._made.values()))[0] < limit:
            del self._made[next(iter(self._made))]
        key = (channel_id, author_id, str(nonce))
        self._made.pop(key, None)
        self._made[key] = (self._clock.time(), message_id)

    def find(self, channel_id: int, author_id: int, nonce: str | int) -> int | None:
        """Return the id of the message that the author sent there with the nonce lately."""
        made, message_id = self._made.get((channel_id, author_id, str(nonce)), (0.0, None))
        return message_id if self._clock.time() - made < _SECONDS else None
