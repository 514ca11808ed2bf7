"""What a benchmark is, and how several are run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from benchmarks.harness import Case, interleave
from benchmarks.loop import new_event_loop
from benchmarks.verdicts import Comparison, Result, conclude

QUICK_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Cases that are measured in the same rounds, and the comparisons made of them."""

    name: str
    prepare: Callable[[], AbstractAsyncContextManager[Sequence[Case]]]
    """Sets the cases up and, at the end, takes everything down."""
    comparisons: tuple[Comparison, ...]
    rounds: int


def run(benchmarks: Sequence[Benchmark], *, quick: bool = False) -> Iterator[list[Result]]:
    """Run one benchmark after another, each on an event loop of its own, and yield its results."""
    for benchmark in benchmarks:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            yield runner.run(_run_one(benchmark, QUICK_ROUNDS if quick else benchmark.rounds))


async def _run_one(benchmark: Benchmark, count: int) -> list[Result]:
    async with benchmark.prepare() as cases:
        rounds = await interleave(cases, count)
    # A base that could not be had here, such as another bot, has said so itself.
    measured = {case.name for case in cases}
    comparisons = [it for it in benchmark.comparisons if {it.case, it.base} <= measured]
    return [conclude(comparison, rounds) for comparison in comparisons]
