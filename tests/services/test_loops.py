"""Loops in the background go on whatever they raise, and nothing about them is silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from guildbase.services import loops
from guildbase.services.container import BotServices
from guildbase.services.loops import BackgroundLoops
from tests.waiting import until


@pytest.fixture
async def running(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BackgroundLoops]:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.001)
    found = BackgroundLoops(BotServices())
    yield found
    await found.close()


@pytest.mark.parametrize("error", [KeyError("x"), ConnectionError(), TimeoutError(), None])
async def test_a_loop_that_breaks_is_started_again(running: BackgroundLoops, error: Exception | None) -> None:
    starts, goes_on = list[int](), asyncio.Event()

    async def run() -> None:
        starts.append(len(starts))
        if len(starts) < 3:
            if error is not None:
                raise error
            return
        await goes_on.wait()

    running.start("test", run)
    await until(lambda: len(starts) == 3)
    loop = running.loops["test"]
    assert (loop.restarts, loop.is_running, running.broken) == (2, True, [])
    assert loop.last_error == (type(error).__name__ if error else "LoopEnded")


async def test_a_loop_that_waits_to_be_started_again_counts_as_broken(running: BackgroundLoops) -> None:
    async def run() -> None:
        raise KeyError

    running.start("test", run)
    await until(lambda: running.broken == ["test"])
    await running.stop("test")
    assert (running.loops, running.broken) == ({}, [])
    await running.stop("test")


async def test_two_loops_of_one_name_are_refused(running: BackgroundLoops) -> None:
    running.start("test", asyncio.Event().wait)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a loop test already"):
        running.start("test", asyncio.Event().wait)  # type: ignore[arg-type]


async def test_regression_a_loop_whose_own_work_was_cancelled_is_started_again(running: BackgroundLoops) -> None:
    starts, goes_on = list[int](), asyncio.Event()

    async def run() -> None:
        starts.append(len(starts))
        if len(starts) == 1:
            work = asyncio.create_task(goes_on.wait())
            work.cancel()
            await work  # Raises CancelledError, which nobody meant for the loop.
        await goes_on.wait()

    running.start("test", run)
    await until(lambda: len(starts) == 2)
    assert (running.broken, running.loops["test"].last_error) == ([], "CancelledError")
    await running.stop("test")
    assert running.loops == {}
