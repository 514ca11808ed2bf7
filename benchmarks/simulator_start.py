"""How long `python -m guildbase.simulator` takes from nothing to its first answer, for a small world.

The base is a bare aiohttp server with one route, which imports aiohttp and orjson and nothing else. Each start
is a new process; CPU time counts from its first moment, the interpreter's own start included. Byte code is on disk
for both, because a warm-up round comes first. This is a cost, so less is better.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import orjson

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.processes import BotProcess, clean_environment
from benchmarks.verdicts import Comparison

LIMIT = 30.0  # seconds


async def start(folder: Path, session: aiohttp.ClientSession, module: str, *arguments: str) -> Sample:
    """Start a server, get one answer from it, end it, and return what that cost."""
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments,
        cwd=folder, env=clean_environment(folder), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    server = BotProcess(process, started, folder / "none.log")
    try:
        assert process.stdout is not None
        told = orjson.loads(await asyncio.wait_for(process.stdout.readline(), LIMIT))
        authorized = {"Authorization": f"Bot {told['token']}"}
        async with session.get(f"{told['rest_url']}/users/@me", headers=authorized) as answer:
            answer.raise_for_status()
            await answer.read()
        return {Figure.WALL: time.perf_counter() - started, Figure.CPU: server.cpu}
    finally:
        await server.stop()


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Make a folder for the byte code and a client for the first requests."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with aiohttp.ClientSession() as session:
            ours = ("guildbase.simulator", "--port", "0", "--json")
            yield [
                Case("simulator", lambda: start(folder, session, *ours)),
                Case("bare server", lambda: start(folder, session, "benchmarks.bots.bare_server")),
            ]


BENCHMARK = Benchmark(
    "sim-start",
    prepare,
    (Comparison("simulator's start", "simulator", "bare server", Figure.CPU, Aim.COST, floor=3.5, ambition=2.0),),
    rounds=7,
)
