"""The memory of a world with 10,000 guilds and a million members, against bare lists of the members' ids.

Each sample is a fresh process that makes the world, checks that everyone is there, and reads its resident set;
the interpreter and everything imported are part of it on both sides. An object for each member would cost ten
times the base: ours stores members only from the first change on. This is a cost, so less is better.
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
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.processes import clean_environment
from benchmarks.verdicts import Comparison


async def hold(folder: Path, kind: str) -> Sample:
    """Make a world in a process of its own, and return what it costs."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.bots.crowds", kind,
        cwd=folder, env=clean_environment(folder), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, _ = await process.communicate()
    if process.returncode:
        raise AssertionError(f"The world of {kind} could not be made.")
    return {Figure.WALL: time.perf_counter() - started, Figure.MEMORY: float(printed)}


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Make a folder for the byte code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield [
            Case("simulator", lambda: hold(folder, "simulator")),
            Case("lists of ids", lambda: hold(folder, "ids")),
        ]


BENCHMARK = Benchmark(
    "world",
    prepare,
    (Comparison("memory of 1M members", "simulator", "lists of ids", Figure.MEMORY, Aim.COST, 3.0, 2.0),),
    rounds=7,
)
