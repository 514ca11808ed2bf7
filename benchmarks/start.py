"""How long a bot's process takes until people can use it, and how much memory it then holds, idle.

`guildbase bot` (settings, migration check, features, health server, command sync) against a bare
two-shard discord.py bot of as many commands that syncs them too. An outside observer judges both alike: ready is when
both shards are connected and a command was answered on each. CPU time is that of the bot's process from
its first moment, the interpreter's own start included; memory is its resident set a second after.

Guards: every start is a new process with a new simulator, where no command is registered yet; ours has a
fresh, migrated SQLite file. Both run on the same event loop and start their shards without a pause. The
byte code of both is on disk, because a warm-up round comes first. These are costs, so less is better.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from benchmarks.benchmark import Benchmark
from benchmarks.bots.guildbase import count_commands
from benchmarks.database import DatabaseTemplate
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.processes import BotProcess, bare_process, guildbase_process
from benchmarks.verdicts import Comparison
from benchmarks.world import new_discord
from guildbase.simulator import Simulator

SETTLE = 1.0  # seconds of idleness before memory is read

StartBot = Callable[[Simulator], AbstractAsyncContextManager[BotProcess]]


async def start(start_bot: StartBot) -> Sample:
    """Start a bot, wait until it is ready and then idle, end it, and return what that cost."""
    async with new_discord() as discord, start_bot(discord) as bot:
        await bot.until_ready(discord)
        wall, cpu = time.perf_counter() - bot.started, bot.cpu
        await asyncio.sleep(SETTLE)
        return {Figure.WALL: wall, Figure.CPU: cpu, Figure.MEMORY: bot.memory}


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Migrate one database to copy for every start."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = DatabaseTemplate(folder)
        await asyncio.to_thread(template.migrate)
        more = await count_commands(template.copy())
        yield [
            Case("guildbase", lambda: start(lambda sim: guildbase_process(sim, folder, template.copy()))),
            Case("bare bot", lambda: start(lambda sim: bare_process(sim, folder, more_commands=more))),
        ]


# Measured: CPU 2.8-3.1, memory 2.0; SQLAlchemy and SQLModel alone are most of what is above 1.
BENCHMARK = Benchmark(
    "start",
    prepare,
    (
        Comparison(
            "start to both shards ready", "guildbase", "bare bot", Figure.CPU, Aim.COST, floor=4.0, ambition=2.5
        ),
        Comparison("idle memory", "guildbase", "bare bot", Figure.MEMORY, Aim.COST, floor=2.5, ambition=1.75),
    ),
    rounds=7,
)
