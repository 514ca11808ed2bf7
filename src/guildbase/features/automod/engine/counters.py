"""Counts what people do in a short time, in memory: one bot process sees all messages of a guild."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable

MOST_KEYS = 50_000
"""People, or texts of people, that are counted at a time; the one who was quiet longest is forgotten first."""


Message = tuple[int, int]
"""A channel and a message in it."""


class Counters:
    """Moments of what happened, by key."""

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._most = most
        self._seen: OrderedDict[Hashable, deque[tuple[float, Message]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, key: Hashable, count: int, window: float, now: float, message: Message) -> tuple[Message, ...]:
        """Count a message; return the messages of the last `window` seconds if they are `count`, and begin anew."""
        moments = self._seen.get(key)
        if moments is None:
            moments = self._seen[key] = deque(maxlen=count)
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)
        else:
            self._seen.move_to_end(key)
        if any(known == message for _moment, known in moments):
            return ()  # It was delivered twice.
        moments.append((now, message))
        if len(moments) < count or now - moments[0][0] > window:
            return ()
        del self._seen[key]
        return tuple(known for _moment, known in moments)
