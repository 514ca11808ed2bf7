"""The only clock of the simulated Discord. Tests may put it forward, and whatever falls due then happens at once."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_LONGEST_SLEEP = 3600.0


class Clock:
    """Runs with the machine's clock, ahead of it by as much as it was put forward."""

    def __init__(self) -> None:
        # The steady clock must not follow corrections of the machine's time in the middle of a test.
        self._since_1970 = time.time() - time.monotonic()
        self.ahead = 0.0
        """By how many seconds it was put forward."""
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self.loop: asyncio.AbstractEventLoop | None = None
        self._alarm: asyncio.TimerHandle | None = None

    def time(self) -> float:
        """Return the present moment in seconds since 1970; it never goes back."""
        return time.monotonic() + self._since_1970

    def now(self) -> datetime:
        """Return the present moment as an aware UTC time."""
        return datetime.fromtimestamp(self.time(), UTC)

    def advance(self, by: timedelta | float) -> None:
        """Put the clock forward (by seconds, if a number) and do what has fallen due."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        if seconds < 0:
            raise ValueError("time cannot be turned back")
        self._since_1970 += seconds
        self.ahead += seconds
        self._ring()

    def call_at(self, moment: datetime, action: Callable[[], None]) -> None:
        """Call `action` when the moment has come; it must check for itself whether it is still wanted."""
        heapq.heappush(self._due, (moment.timestamp(), next(self._numbers), action))
        self._set_alarm()

    def forget(self) -> None:
        """Let nothing be due any more."""
        self._due.clear()

    def start(self) -> None:
        """Let what falls due happen in the running event loop."""
        self.loop = asyncio.get_running_loop()
        self._set_alarm()

    def stop(self) -> None:
        """Leave what is due undone."""
        self.loop = None
        if self._alarm is not None:
            self._alarm.cancel()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        if self.loop is not None and self._due:
            wait = min(max(0.0, self._due[0][0] - self.time()), _LONGEST_SLEEP)
            self._alarm = self.loop.call_later(wait, self._ring)

    def _ring(self) -> None:
        now = self.time()
        try:
            while self._due and self._due[0][0] <= now:
                heapq.heappop(self._due)[2]()
        finally:
            # What fails must not keep everything after it from happening.
            self._set_alarm()
