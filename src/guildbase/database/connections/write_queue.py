"""SQLite has one writer at a time: its writers queue here, in order.

SQLite itself lets a second writer try again and again, after ever longer pauses. With 16 writers that halves the
throughput, and the unluckiest one in a hundred waits twenty times as long.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from guildbase.database.connections.failures import AGAIN, DatabaseBusy


class WriteQueue:
    """Gives each writer its turn; `timeout` is the seconds that one waits for it."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._lock = asyncio.Lock()
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold the turn within the block.

        Raises:
            DatabaseBusy: the one before took too long.
        """
        # Between the end of one turn and the begin of the next, the lock is free but not ours to take.
        if self._lock.locked() or self._waiting:
            await self._wait()
        else:
            await self._lock.acquire()  # Without a time-out, which costs more than the free lock itself.
        try:
            yield
        finally:
            self._lock.release()

    async def _wait(self) -> None:
        self._waiting += 1
        try:
            async with asyncio.timeout(self._timeout):
                await self._lock.acquire()
        except TimeoutError:
            raise DatabaseBusy(
                f"Another transaction has been writing for more than {self._timeout:g} seconds.", hint=AGAIN
            ) from None
        finally:
            self._waiting -= 1
