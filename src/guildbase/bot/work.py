"""The tasks in which commands and listeners run, so that a stop lets them finish.

discord.py starts these tasks and forgets them. One that outlives the bot would be cut off in the middle
of a transaction, after its answer was refused for want of a connection.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

FEW = 256
"""Tasks that are remembered before the done ones among them are swept out."""


class RunningWork:
    """The commands and listeners of one bot that run now."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._sweep_at = FEW

    def add(self, task: asyncio.Task[Any] | None) -> None:
        """Remember the task. Done ones are swept out now and then: a callback for each would cost far more."""
        if task is None:
            return
        self._tasks.add(task)
        if len(self._tasks) >= self._sweep_at:
            self._tasks = self._running()
            self._sweep_at = max(FEW, 2 * len(self._tasks))

    def forget(self, task: asyncio.Task[Any] | None) -> None:
        """Neither wait for the task nor cut it off: it is the one that ends the bot."""
        if task is not None:
            self._tasks.discard(task)

    async def finish(self, *, within: float) -> None:
        """Wait until nothing runs, for at most so many seconds."""
        end = time.monotonic() + within
        while (running := self._running()) and (left := end - time.monotonic()) > 0:
            await asyncio.wait(running, timeout=left)

    async def cancel(self) -> None:
        """Cut off what still runs."""
        running = self._running()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _running(self) -> set[asyncio.Task[Any]]:
        return {task for task in self._tasks if not task.done()}
