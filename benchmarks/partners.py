"""Programs that the measured server talks to: they run in processes of their own and answer in lines."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.processes import clean_environment

LIMIT = 180.0  # seconds; a machine that does much else is slow to start a process


class PartnerFailed(Exception):
    """The program ended; its complaint is on standard error."""


class Partner:
    """A running program."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> str:
        """Return the next line that it prints."""
        assert self._process.stdout is not None
        found = await asyncio.wait_for(self._process.stdout.readline(), LIMIT)
        if not found:
            raise PartnerFailed
        return found.decode().strip()

    def tell(self, text: str) -> None:
        """Send it a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n".encode())


@asynccontextmanager
async def partner(folder: Path, module: str, *arguments: object) -> AsyncIterator[Partner]:
    """Run the program, which is ended in the end, until it says that it is ready."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *map(str, arguments),
        cwd=folder, env=clean_environment(folder), stdin=pipe, stdout=pipe,
    )  # fmt: skip
    try:
        running = Partner(process)
        if (said := await running.line()) != "ready":
            raise PartnerFailed(said)
        yield running
    finally:
        process.kill()
        await process.wait()
