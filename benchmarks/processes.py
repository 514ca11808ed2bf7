"""Bots in processes of their own, and what the system says of such a process. Linux only.

The CPU time of a process that runs is read from the system's clock for it, to the nanosecond and with
the threads that have ended.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from guildbase.core.settings import ENV_PREFIX
from guildbase.simulator import Simulator
from guildbase.simulator.people.reply import Reply

START_LIMIT = 180.0  # seconds; a machine that does much else is slow to make byte code of everything
STOP_LIMIT = 10.0


class BotFailed(Exception):
    """The bot's process ended or did not do its work; the text has the end of its log."""


class BotProcess:
    """A running bot."""

    def __init__(self, process: asyncio.subprocess.Process, started: float, log_path: Path) -> None:
        self._process = process
        self._clock = clock_of(process.pid)
        self._log_path = log_path
        self.started = started
        """When the process was started, on `time.perf_counter`."""

    @property
    def cpu(self) -> float:
        """CPU seconds of all its threads since it began."""
        return time.clock_gettime(self._clock)

    @property
    def memory(self) -> int:
        """Bytes of it that are in memory now."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) * 1024 if found else 0

    async def until_ready(self, discord: Simulator, command: str = "ping") -> list[Reply]:
        """Return the answers to one command on each shard, once the bot can give them.

        This is what people can see of readiness, so it is the same for every kind of bot: both shards
        connected with their guilds, the commands registered, and a command answered on each shard.
        """
        try:
            await discord.until_connected(timeout=START_LIMIT)
            guilds = list(discord.world.guilds.values())[: discord.world.recommended_shards]
            people = [discord.guild(guild.name).member("mara") for guild in guilds]
            return [await person.slash(command) for person in people]
        except Exception as error:
            log = self._log_path.read_text(errors="replace")[-2000:]
            raise BotFailed(f"{error}\nThe end of the bot's log:\n{log}") from error

    async def stop(self) -> None:
        """Ask it to end, and make it end if it does not."""
        if self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_LIMIT)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def clean_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a measured process, the same on every machine.

    Settings of the user's take no part; bots also run in a folder of their own, without a `.env`. Byte code
    is kept in the folder: where none is on disk a start compiles every module, which would be all that is
    measured.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith((ENV_PREFIX, "PYTHON"))}
    return kept | {"PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


@asynccontextmanager
async def bare_process(discord: Simulator, folder: Path, *, more_commands: int = 0) -> AsyncIterator[BotProcess]:
    """Run the base."""
    arguments = (discord.base_url, discord.gateway_url, discord.token, str(more_commands))
    async with _process(folder, "benchmarks.bots.bare", *arguments, log="bot", environment={}) as bot:
        yield bot


@asynccontextmanager
async def guildbase_process(
    discord: Simulator, folder: Path, database_url: str, part: str = "bot", **others: str
) -> AsyncIterator[BotProcess]:
    """Run `guildbase bot`, or another part, as an operator does; `others` are more settings, by their names."""
    settings = {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.base_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "DATABASE_URL": database_url,
        "HEALTH_PORT": "0",
        "COMMAND_RATE_LIMIT": "1000",  # One person does all that is measured.
        "COMMAND_RATE_WINDOW": "1",
    }
    environment = {f"{ENV_PREFIX}{name.upper()}": value for name, value in (settings | others).items()}
    async with _process(folder, "guildbase", part, log=part, environment=environment) as bot:
        yield bot


@asynccontextmanager
async def _process(
    folder: Path, module: str, *arguments: str, log: str, environment: dict[str, str]
) -> AsyncIterator[BotProcess]:
    log_path = folder / f"{log}.log"
    started = time.perf_counter()
    with log_path.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments,
            cwd=folder, env=clean_environment(folder) | environment, stdout=file, stderr=file,
        )  # fmt: skip
    bot = BotProcess(process, started, log_path)
    try:
        yield bot
    finally:
        await bot.stop()


def clock_of(pid: int) -> int:
    """Return the system's clock for the CPU time of that process, for `time.clock_gettime`."""
    clock = ctypes.c_int()
    if ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise ProcessLookupError(pid)
    return clock.value
