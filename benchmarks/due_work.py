"""What it costs to take due work and to mark it as done, against the same by asyncpg alone; and how late it begins.

Ours is the `DueWorker` with a handler that does nothing: it looks, claims up to eight pieces in one statement, gives
each a task, a lease that would be renewed and a time limit, and stores each end by itself. The base claims the same
number of rows by one prepared UPDATE of a SELECT ... FOR UPDATE SKIP LOCKED, and marks each by one prepared UPDATE.

Guards: each side has its own copy of one database on a server that syncs every commit, and pools of the same size.
Afterwards every row must be done, after one attempt. Gate is the CPU time of this process. The lateness is that of
work that falls due one piece after the other, from the moment when it was due to its claim, by the server's clock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from statistics import quantiles

import asyncpg  # type: ignore[import-untyped]
from rich.console import Console

from benchmarks.benchmark import Benchmark
from benchmarks.harness import Aim, Case, Figure, Sample
from benchmarks.postgresql import POOL, durable_server, raw_pool
from benchmarks.verdicts import Comparison
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.due_work import DueRun
from guildbase.services.due_work.handlers import Handler
from guildbase.services.due_work.worker import OF_ONE_KIND, DueWorker

PIECES = 1_500  # of one sample
SPREAD = 150
"""Pieces that fall due one after the other, within one and a half seconds, to see how late each begins."""
AHEAD = 3000.0
"""Milliseconds from storing to the first moment, more than a worker sleeps."""
KIND = "benchmark.nothing"
INSERT = """
INSERT INTO due_work (kind, payload, state, due_at, attempts, version, created_at)
SELECT $1, '{}', 'pending', clock_timestamp() + ($3 + $4 * n) * interval '1 millisecond', 0, 0, now()
FROM generate_series(1, $2::int) AS n"""
CLAIM = """
WITH picked AS (
    SELECT work_id FROM due_work WHERE state = 'pending' AND due_at <= now() AND kind = $1
    ORDER BY due_at, work_id LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE due_work SET state = 'running', worker = $3, lease_until = now() + interval '30 seconds',
    attempts = attempts + 1, version = version + 1
WHERE work_id IN (SELECT work_id FROM picked) RETURNING work_id, version, payload, due_at"""
DONE = """
UPDATE due_work SET state = 'done', worker = NULL, lease_until = NULL, finished_at = now()
WHERE work_id = $1 AND version = $2 AND state = 'running'"""


class Doer:
    """A handler that does nothing but tell when the last piece was done."""

    def __init__(self) -> None:
        self.left = 0
        self.late: list[float] = []
        self.all_begun = asyncio.Event()

    def expect(self, count: int) -> None:
        """Begin to count anew."""
        self.left, self.late = count, []
        self.all_begun.clear()

    async def __call__(self, run: DueRun) -> None:
        """Do nothing."""
        self.late.append(run.claim.is_late_by)
        self.left -= 1
        if not self.left:
            self.all_begun.set()


async def ours(services: BotServices, doer: Doer, pool: asyncpg.Pool, workers: int) -> Sample:
    """Let so many workers do what is due."""
    await fill(pool, PIECES)
    doer.expect(PIECES)

    async def work() -> None:
        tasks = [asyncio.create_task(new_worker(services, doer).run()) for _ in range(workers)]
        await doer.all_begun.wait()
        for task in tasks:
            task.cancel()  # What was begun ends before the worker does.
        await asyncio.gather(*tasks, return_exceptions=True)

    return await measured(work, pool)


async def raw(pool: asyncpg.Pool, workers: int) -> Sample:
    """Let so many loops claim and mark, as many pieces at once as ours do."""
    await fill(pool, PIECES)

    async def mark(work_id: int, version: int) -> None:
        await pool.execute(DONE, work_id, version)

    async def work_off(name: str) -> None:
        while taken := await pool.fetch(CLAIM, KIND, OF_ONE_KIND, name):
            await asyncio.gather(*(mark(row["work_id"], row["version"]) for row in taken))

    async def work() -> None:
        await asyncio.gather(*(work_off(f"raw-{number}") for number in range(workers)))

    return await measured(work, pool)


async def measured(work: Callable[[], Awaitable[None]], pool: asyncpg.Pool) -> Sample:
    """Return what one piece cost, when each was done once."""
    wall, cpu = time.perf_counter(), time.process_time()
    await work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    done = await pool.fetchval(
        "SELECT count(*) FROM due_work WHERE state = 'done' AND attempts = 1 AND kind = $1", KIND
    )
    if done != PIECES:
        raise AssertionError(f"{done} of {PIECES} pieces were done once.")
    return {Figure.WALL: wall / PIECES, Figure.CPU: cpu / PIECES}


async def fill(pool: asyncpg.Pool, count: int, *, first: float = -1000, every: float = 0) -> None:
    """Store so many pieces, due from and every so many milliseconds, in an empty table."""
    await pool.execute("TRUNCATE due_work")
    await pool.execute(INSERT, KIND, count, first, every)
    await pool.execute("ANALYZE due_work")


def new_worker(services: BotServices, doer: Doer) -> DueWorker:
    """Return a worker that knows this kind alone."""
    worker = DueWorker(services)
    worker.handlers = {KIND: Handler(doer, KIND)}
    return worker


async def tell_lateness(services: BotServices, doer: Doer, pool: asyncpg.Pool) -> None:
    """Print how late work begins that falls due one piece after the other, when the worker has warmed up."""
    doer.expect(SPREAD)
    running = asyncio.create_task(new_worker(services, doer).run())
    await fill(pool, SPREAD, first=AHEAD, every=10)
    await doer.all_begun.wait()
    doer.expect(SPREAD)
    await fill(pool, SPREAD, first=AHEAD, every=10)
    await doer.all_begun.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    cuts = quantiles(doer.late, n=100)
    if min(doer.late) < 0:
        raise AssertionError("Some work was begun before it was due.")
    told = f"due work, one piece each 10 ms: late by {cuts[49] * 1000:.1f} ms (p50), {cuts[98] * 1000:.1f} ms (p99)"
    Console().print(told, highlight=False)


@asynccontextmanager
async def prepare() -> AsyncIterator[Sequence[Case]]:
    """Start a server with one database for each side."""
    async with durable_server() as server:
        url, other = await server.database(), await server.database()
        settings = Settings(database_url=url, **POOL)
        services, doer = assemble(settings, FeatureRegistry.discover()), Doer()
        try:
            async with raw_pool(url) as observer, raw_pool(other) as base:
                await tell_lateness(services, doer, observer)
                yield [
                    Case("guildbase, 1", lambda: ours(services, doer, observer, 1)),
                    Case("asyncpg, 1", lambda: raw(base, 1)),
                    Case("guildbase, 4", lambda: ours(services, doer, observer, 4)),
                    Case("asyncpg, 4", lambda: raw(base, 4)),
                ]
        finally:
            await services.close()


BENCHMARK = Benchmark(
    "due-work",
    prepare,
    (
        Comparison("due work, 1 worker", "guildbase, 1", "asyncpg, 1", Figure.CPU, Aim.SPEED, 0.12, 0.3),
        Comparison("due work, 4 workers", "guildbase, 4", "asyncpg, 4", Figure.CPU, Aim.SPEED, 0.12, 0.3),
    ),
    rounds=7,
)
