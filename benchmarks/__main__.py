"""`python -m benchmarks`: measure, show a table, and exit with 1 if a ratio is beyond its floor."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import orjson
from rich.console import Console

from benchmarks import (
    api_requests,
    automod,
    bulk_insert,
    case_search,
    cases,
    change_seen,
    cold_read,
    dashboard_pages,
    due_work,
    expirations,
    gateway_events,
    hot_read,
    imports,
    journey,
    large_world,
    leaderboards,
    live_pages,
    log_reading,
    log_retention,
    message_dispatch,
    outbox,
    permission_check,
    rate_limits,
    rest_requests,
    seeding,
    simulator_start,
    slash_round_trip,
    soft_delete,
    start,
    validation,
    write_behind,
)
from benchmarks.benchmark import Benchmark, run
from benchmarks.report import document, table
from benchmarks.verdicts import Result, exit_code

WIDTH = 140
BENCHMARKS = (
    message_dispatch.BENCHMARK,
    slash_round_trip.BENCHMARK,
    start.BENCHMARK,
    imports.BENCHMARK,
    gateway_events.BENCHMARK,
    rest_requests.BENCHMARK,
    simulator_start.BENCHMARK,
    large_world.BENCHMARK,
    journey.BENCHMARK,
    log_reading.BENCHMARK,
    log_retention.BENCHMARK,
    api_requests.BENCHMARK,
    live_pages.BENCHMARK,
    dashboard_pages.BENCHMARK,
    cold_read.BENCHMARK,
    hot_read.BENCHMARK,
    permission_check.BENCHMARK,
    automod.BENCHMARK,
    rate_limits.BENCHMARK,
    change_seen.BENCHMARK,
    cases.BENCHMARK,
    case_search.BENCHMARK,
    outbox.BENCHMARK,
    bulk_insert.BENCHMARK,
    validation.BENCHMARK,
    soft_delete.BENCHMARK,
    seeding.BENCHMARK,
    due_work.BENCHMARK,
    expirations.BENCHMARK,
    write_behind.BENCHMARK,
    leaderboards.BENCHMARK,
)


def main(arguments: Sequence[str] | None = None, benchmarks: Sequence[Benchmark] = BENCHMARKS) -> int:
    """Run the benchmarks that are asked for and return the exit code."""
    wanted = _parser(benchmarks).parse_args(arguments)
    chosen = [benchmark for benchmark in benchmarks if not wanted.only or benchmark.name in wanted.only]
    # A table that wraps is hard to read, and where output is not a terminal nothing forces it to.
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    started = time.monotonic()
    results: list[Result] = []
    for done in run(chosen, quick=wanted.quick):
        results += done
        for result in done:
            goal = result.comparison
            told = f"{goal.name} against {goal.base}: {result.verdict}"
            console.print(f"{time.monotonic() - started:4.0f} s  {told}", highlight=False)
    console.print(table(results))
    if wanted.json:
        wanted.json.write_bytes(orjson.dumps(document(results), option=orjson.OPT_INDENT_2))
    return exit_code(results)


def _parser(benchmarks: Sequence[Benchmark]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure speed as ratios against named limits.")
    names = [benchmark.name for benchmark in benchmarks]
    parser.add_argument("--quick", action="store_true", help="three rounds only; the floors still hold")
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured to the file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
