"""Runs work by several callers at once and tells what one piece of it costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TypeVar

from benchmarks.harness import Figure, Sample

JobT = TypeVar("JobT")


async def drive(jobs: Iterable[JobT], work: Callable[[JobT], Awaitable[object]], *, callers: int) -> Sample:
    """Let so many callers share the jobs, each doing one after another; return the cost of one job.

    The CPU time is that of this process alone; what a database server does is in the wall time.
    """
    waiting = list(jobs)
    queue = iter(waiting)
    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_work_off(queue, work) for _ in range(callers)))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {Figure.WALL: wall / len(waiting), Figure.CPU: cpu / len(waiting)}


async def _work_off(queue: Iterator[JobT], work: Callable[[JobT], Awaitable[object]]) -> None:
    for job in queue:
        await work(job)
