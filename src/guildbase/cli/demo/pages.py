"""Builds the dashboard's pages behind the running demo, where a checkout has none of today."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from enum import StrEnum

from guildbase.web.building import is_current
from guildbase.web.places import CHECKOUT, PACKAGED_PAGES, pages

COMMAND = (sys.executable, "-m", "guildbase.web")


class PagesState(StrEnum):
    """How far the pages are."""

    READY = "ready"
    BUILDING = "building"
    FAILED = "failed"


class Pages:
    """The pages of the dashboard, and what becomes of them."""

    def __init__(self) -> None:
        self.state = PagesState.READY
        self.told = ""
        """What is being done, or why there are none."""
        self._began = time.monotonic()
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def seconds(self) -> int:
        """How long it has been building."""
        return round(time.monotonic() - self._began)

    @property
    def is_open(self) -> bool:
        """Whether there are pages to be seen, if perhaps those of before."""
        return any((place / "index.html").exists() for place in pages())

    async def start(self) -> None:
        """Begin to build what is not there, and return at once."""
        if os.environ.get("GUILDBASE_DASHBOARD") == "skip" or not await asyncio.to_thread(_are_old):
            return
        self.state, self.told, self._began = PagesState.BUILDING, "Building the dashboard …", time.monotonic()
        self._task = asyncio.create_task(self._build(), name="dashboard build")

    async def stop(self) -> None:
        """End what still builds, with all that it has started."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    async def _build(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            *COMMAND, start_new_session=True,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said: list[str] = []
        assert self._process.stdout is not None  # noqa: S101 - for the type checker: it was asked for.
        async for line in self._process.stdout:
            said.append(line.decode(errors="replace").rstrip())
            self.told = said[-1]
        is_built = await self._process.wait() == 0
        self.state = PagesState.READY if is_built else PagesState.FAILED
        self.told = "" if is_built else "\n".join(said[-8:])


def _are_old() -> bool:
    is_checkout = (CHECKOUT / "package-lock.json").exists() and not PACKAGED_PAGES.exists()
    return is_checkout and not is_current(CHECKOUT, CHECKOUT / "out")
