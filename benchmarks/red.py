"""Red-DiscordBot in a virtual environment of its own, because it pins older libraries than ours."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from benchmarks.harness import Figure, Sample
from benchmarks.processes import clean_environment

VERSION = "3.5.24"
PYTHON = "3.11"
LIMIT = 300.0  # seconds for the installation
READER = Path(__file__).parent / "bots" / "red_reader.py"


class NoRed(Exception):
    """Red cannot be had here; the text says why."""


async def red_python() -> Path:
    """Return the Python of an environment with Red, made at the first use; or raise NoRed."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "guildbase-benchmarks" / f"red-{VERSION}"
    python, is_complete = folder / "bin" / "python", folder / "complete"
    if is_complete.exists():
        return python
    uv = shutil.which("uv")
    if uv is None:
        raise NoRed("there is no uv to install it with")
    await _run(uv, "venv", "--quiet", "--clear", "--python", PYTHON, str(folder))
    await _run(uv, "pip", "install", "--quiet", "--python", str(python), f"Red-DiscordBot=={VERSION}")
    is_complete.touch()
    return python


async def _run(*command: str) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
    try:
        said, _ = await asyncio.wait_for(process.communicate(), LIMIT)
    except TimeoutError:
        process.kill()
        raise NoRed("the installation takes too long") from None
    if process.returncode:
        raise NoRed(said.decode(errors="replace").strip()[-300:])


class RedReader:
    """A process of Red's that reads prefixes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def read(self, count: int) -> Sample:
        """Read so many prefixes and return the cost of one."""
        wall, cpu = (await self._say(str(count))).split()
        return {Figure.WALL: float(wall) / count, Figure.CPU: float(cpu) / count}

    async def _say(self, text: str) -> str:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{text}\n".encode())
        answer = await asyncio.wait_for(process.stdout.readline(), 60)
        if not answer:
            raise NoRed("its process ended; its complaint is on standard error")
        return answer.decode().strip()

    async def begin(self, documents: dict[int, object]) -> None:
        """Give it the guilds' documents."""
        answer = await self._say(orjson.dumps(documents, option=orjson.OPT_NON_STR_KEYS).decode())
        if answer != "ready":
            raise NoRed(answer)


@asynccontextmanager
async def red_reader(folder: Path, documents: dict[int, object]) -> AsyncIterator[RedReader]:
    """Run Red with these guilds, which hold a `prefix` each."""
    python, pipe = await red_python(), asyncio.subprocess.PIPE
    # Documents of many guilds are one long line.
    process = await asyncio.create_subprocess_exec(
        str(python), str(READER), cwd=folder, env=clean_environment(folder), stdin=pipe, stdout=pipe
    )
    try:
        reader = RedReader(process)
        await reader.begin(documents)
        yield reader
    finally:
        process.kill()
        await process.wait()
