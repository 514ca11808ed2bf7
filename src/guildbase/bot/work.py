"""The tasks in which commands and listeners run, so that a stop lets them finish.

discord.py starts these tasks and forgets them. One that outlives the bot would be cut off in the middle
of a transaction, after its answer was refused for want of a connection.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any


class RunningWork:
    """The commands and listeners of one bot that run now."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def add(self, task: asyncio.Task[Any] | None) -> None:
        """Remember the task until it is done."""
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def forget(self, task: asyncio.Task[Any] | None) -> None:
        """Neither wait for the task nor cut it off: it is the one that ends the bot."""
        if task is not None:
            self._tasks.discard(task)

    async def finish(self, *, within: float) -> None:
        """Wait until nothing runs, for at most so many seconds."""
        end = time.monotonic() + within
        while self._tasks and (left := end - time.monotonic()) > 0:
            await asyncio.wait(self._tasks, timeout=left)

    async def cancel(self) -> None:
        """Cut off what still runs."""
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
