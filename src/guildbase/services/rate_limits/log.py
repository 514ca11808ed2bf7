"""The counter of one process: the moments of what was done within the window, by key.

It is exact: nothing waits between looking and counting. What nobody has asked for since a window's length is thrown
away, so the memory is that of the keys in use.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable


class SlidingLog:
    """Counts for one window of so many seconds, by a clock that nobody can put back."""

    def __init__(self, window: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.window = window
        self._clock = clock
        self._recent: dict[str, list[float]] = {}
        self._older: dict[str, list[float]] = {}
        self._turn = clock() + window

    def count(self, key: str, limit: int, cost: int) -> float:
        """Return how many are left after these, or, below zero, the seconds to wait; then nothing was counted."""
        now = self._clock()
        if now >= self._turn:
            self._forget_idle(now)
        log = self._recent.get(key)
        if log is None:
            log = self._recent[key] = self._older.pop(key, [])
        start = now - self.window
        if log and log[0] <= start:
            del log[: bisect_right(log, start)]
        surplus = len(log) + cost - limit
        if surplus > 0:
            return start - log[surplus - 1]
        if cost == 1:
            log.append(now)
        else:
            log.extend([now] * cost)
        return -surplus

    def __len__(self) -> int:
        """Return how many keys are in memory."""
        return len(self._recent) + len(self._older)

    def _forget_idle(self, now: float) -> None:
        # A key that is still among the older ones was not asked for in a whole window, so all its moments are past.
        is_long_ago = now >= self._turn + self.window
        self._older = {} if is_long_ago else self._recent
        self._recent = {}
        self._turn = now + self.window
