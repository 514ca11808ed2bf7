"""What it costs to import and build the bot, unconnected, against a bare `AutoShardedBot` of as many commands.

Each sample is a fresh process that builds the bot as its start does and prints the CPU time since it
began, the interpreter's own start included. Ours imports the command line, serving, the supervisor and
every feature; the builder refuses to go on if one is missing. Byte code is on disk for both, because a
warm-up round comes first. These are costs, so less is better.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.benchmark import Benchmark
from benchmarks.bots.guildbase import count_commands
from benchmarks.database import DatabaseTemplate
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.processes import clean_environment
from benchmarks.verdicts import Comparison


async def build(folder: Path, *arguments: str) -> Sample:
    """Build a bot in a process of its own and return what that cost."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.bots.built", *arguments,
        cwd=folder, env=clean_environment(folder), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, _ = await process.communicate()
    if process.returncode:
        raise AssertionError(f"Building {arguments[0]} failed with exit code {process.returncode}.")
    return {Figure.WALL: time.perf_counter() - started, Figure.CPU: float(printed)}


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Migrate a database for our bot."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = DatabaseTemplate(folder)
        await asyncio.to_thread(template.migrate)
        url = template.copy()
        count = str(await count_commands(template.copy()))
        yield [
            Case("guildbase", lambda: build(folder, "guildbase", url)),
            Case("bare bot", lambda: build(folder, "bare", count)),
        ]


# Measured: 3.2-3.4. It was 2.8 with fifteen tables and six features fewer, whose models and modules are the difference.
# The collector at rest while features load would save 0.1, and keep half a megabyte of garbage for ever.
BENCHMARK = Benchmark(
    "imports",
    prepare,
    (Comparison("import and build", "guildbase", "bare bot", Figure.CPU, Aim.COST, floor=3.5, ambition=2.2),),
    rounds=7,
)
