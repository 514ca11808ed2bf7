"""Loops in the background of a process: what ends one unasked is told, and it is started again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from guildbase.core.ports import ErrorReport
from guildbase.services.container import BotServices
from guildbase.services.errors import report

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.2  # seconds before a loop that broke is started again
LONGEST_PAUSE = 5.0
CANCEL_PAUSE = 0.5  # seconds after which a loop that runs on is cancelled again, unless it has a longer grace
STEADY = 60.0  # seconds after which a loop counts as sound and the pause starts small again


class LoopEnded(Exception):
    """A loop returned, which none should."""


@dataclass(slots=True)
class Loop:
    """One loop and how it fares."""

    name: str
    run: Callable[[], Awaitable[None]]
    restarts: int = 0
    is_running: bool = False
    """False while it waits to be started again."""
    last_error: str = ""
    grace: float = CANCEL_PAUSE
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class BackgroundLoops:
    """Starts the loops of this process, restarts those that break and stops all of them at the end."""

    def __init__(self, services: BotServices) -> None:
        self._services = services
        self.loops: dict[str, Loop] = {}

    @property
    def broken(self) -> list[str]:
        """The names of the loops that are down now."""
        return [loop.name for loop in self.loops.values() if not loop.is_running]

    def start(self, name: str, run: Callable[[], Awaitable[None]], *, grace: float = CANCEL_PAUSE) -> None:
        """Run the loop until `stop` or `close`; `run` is called anew whenever it breaks, and must bear that.

        `grace` are the seconds that it may take to end when it is cancelled; after that it is cancelled again.

        Raises:
            ValueError: a loop of this name runs already.
        """
        if name in self.loops:
            raise ValueError(f"There is a loop {name} already.")
        loop = Loop(name, run, is_running=True, grace=grace)
        loop.task = asyncio.create_task(self._supervise(loop), name=f"loop-{name}")
        self.loops[name] = loop

    async def stop(self, name: str) -> None:
        """Cancel the loop and wait for its end; nothing happens if there is none of this name."""
        loop = self.loops.pop(name, None)
        if loop is not None and loop.task is not None:
            # Repeated, as Python 3.11 loses a cancellation that meets a failure in a group of tasks.
            while not loop.task.done():
                loop.task.cancel()
                await asyncio.wait([loop.task], timeout=loop.grace)

    async def close(self) -> None:
        """Stop all loops."""
        for name in reversed(list(self.loops)):
            await self.stop(name)

    async def _supervise(self, loop: Loop) -> None:
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            loop.is_running = True
            try:
                await loop.run()
                raise LoopEnded(f"{loop.name} returned.")
            except (Exception, asyncio.CancelledError) as error:
                task = asyncio.current_task()
                if isinstance(error, asyncio.CancelledError) and task and task.cancelling():
                    raise  # This loop is meant, and not something that it waited for.
                loop.is_running = False
                loop.restarts += 1
                loop.last_error = type(error).__name__
                log.exception("loop_broke", loop=loop.name)
                report(self._services, error, ErrorReport("loop", loop.name))
            pause = FIRST_PAUSE if time.monotonic() - began > STEADY else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)
