"""The pace of a process's calls to Discord: within its share of the global limit, and moderation first.

Discord answers a bot that exceeds the limit with 429 for everything, moderation included; so nobody may exceed it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import ContextVar

from guildbase.services.outbox import Priority

WINDOW = 1.05
"""Seconds that Discord's second may take: on their way calls draw closer to each other."""
FAIRNESS = 5
"""Every so many turns it goes by age alone, so that nothing waits for ever behind what is more urgent."""

TURN: ContextVar[int] = ContextVar("turn", default=Priority.NORMAL)
"""How urgent the calls of the running task are: those of an effect as the effect, those of a command in the middle."""


class RequestPace:
    """Lets so many calls begin in any second, and makes the others wait for their turn."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._begun: deque[float] = deque(maxlen=per_second)
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._not_before = 0.0
        self._turns = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How many calls wait for their turn."""
        return len(self._waiting)

    def limit(self, per_second: int) -> None:
        """Let another number of calls begin in a second from now on."""
        self.per_second = per_second
        self._begun = deque(self._begun, maxlen=per_second)

    def hold(self, seconds: float) -> None:
        """Let no call begin for so long: Discord has said so."""
        self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)

    async def wait(self) -> None:
        """Return when it is the caller's turn."""
        loop = asyncio.get_running_loop()
        if not self._waiting and self._pause(loop.time()) <= 0:
            self._begun.append(loop.time())
            return
        place = (TURN.get(), loop.create_future())
        self._waiting.append(place)
        self._let_go(loop)
        try:
            await place[1]
        except asyncio.CancelledError:
            if place in self._waiting:
                self._waiting.remove(place)
            raise

    def _pause(self, now: float) -> float:
        """Return the seconds until a call may begin."""
        is_full = len(self._begun) == self.per_second
        return max(self._begun[0] + WINDOW - now if is_full else 0.0, self._not_before - now)

    def _let_go(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let calls begin whose turn it is, and come back for the others."""
        while self._waiting:
            if (pause := self._pause(loop.time())) > 0:
                if self._timer is None:
                    self._timer = loop.call_later(pause, self._on_time, loop)
                return
            turn = self._next()
            if not turn.done():  # Else the one who waited was cancelled just now.
                self._begun.append(loop.time())
                turn.set_result(None)

    def _on_time(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self._let_go(loop)

    def _next(self) -> asyncio.Future[None]:
        """Take the most urgent, of equals the oldest, off the list."""
        self._turns += 1
        place = self._waiting[0] if self._turns % FAIRNESS == 0 else min(self._waiting, key=lambda it: it[0])
        self._waiting.remove(place)
        return place[1]
