"""Calls to Discord begin at a pace, the most urgent first, and none waits for ever."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from guildbase.bot import pace as pace_module
from guildbase.bot.pace import TURN, RequestPace
from guildbase.services.outbox import Priority
from tests.waiting import until


@pytest.fixture(autouse=True)
def _short_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace_module, "WINDOW", 0.1)


class Callers:
    """Calls that wait for their turn, and when they began."""

    def __init__(self, pace: RequestPace) -> None:
        self.pace = pace
        self.order: list[str] = []
        self.moments: list[float] = []

    def call(self, name: str, priority: int) -> asyncio.Task[None]:
        async def wait() -> None:
            TURN.set(priority)
            await self.pace.wait()
            self.order.append(name)
            self.moments.append(asyncio.get_running_loop().time())

        return asyncio.create_task(wait())


async def test_no_more_calls_begin_in_any_second_than_allowed() -> None:
    callers = Callers(RequestPace(5))
    await asyncio.gather(*(callers.call(f"{n}", Priority.NORMAL) for n in range(23)))
    # The sixth call after any other begins a full second later.
    assert all(later - earlier >= 0.099 for earlier, later in zip(callers.moments, callers.moments[5:], strict=False))
    assert callers.order == [f"{n}" for n in range(23)]
    assert callers.pace.waiting == 0


async def test_a_call_that_nobody_is_before_does_not_wait() -> None:
    pace = RequestPace(2)
    await pace.wait()
    await pace.wait()
    assert pace.waiting == 0


async def test_moderation_goes_first_and_every_fifth_turn_is_the_oldests() -> None:
    callers = Callers(RequestPace(1))
    await callers.pace.wait()
    waiting = [callers.call(f"bulk {n}", Priority.BULK) for n in range(3)]
    waiting += [callers.call("normal", Priority.NORMAL)]
    waiting += [callers.call(f"moderation {n}", Priority.MODERATION) for n in range(6)]
    await asyncio.gather(*waiting)
    assert callers.order == [
        *(f"moderation {n}" for n in range(4)), "bulk 0", "moderation 4", "moderation 5", "normal", "bulk 1", "bulk 2",
    ]  # fmt: skip


async def test_who_stops_waiting_takes_no_turn() -> None:
    callers = Callers(RequestPace(1))
    await callers.pace.wait()
    first, second, third = (callers.call(name, Priority.NORMAL) for name in ("first", "second", "third"))
    await until(lambda: callers.pace.waiting == 3)
    second.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert callers.order == ["first", "third"]


async def test_who_is_cancelled_as_its_turn_comes_holds_up_nobody() -> None:
    callers = Callers(RequestPace(1))
    await callers.pace.wait()
    gone, next_one = callers.call("gone", Priority.NORMAL), callers.call("next", Priority.NORMAL)
    await until(lambda: callers.pace.waiting == 2)
    callers.pace.limit(2)
    # The cancelled caller has not run yet when the turn is given.
    gone.cancel()
    callers.pace._let_go(asyncio.get_running_loop())
    await next_one
    assert callers.order == ["next"]


async def test_nothing_begins_while_discord_wants_silence() -> None:
    pace = RequestPace(100)
    pace.hold(0.2)
    began = asyncio.get_running_loop().time()
    await asyncio.gather(*(pace.wait() for _ in range(3)))
    assert asyncio.get_running_loop().time() - began >= 0.199
    waiting = asyncio.create_task(pace.wait())
    await waiting


async def test_a_silence_that_grows_meanwhile_is_kept() -> None:
    pace = RequestPace(100)
    began = asyncio.get_running_loop().time()
    pace.hold(0.05)
    waiting = asyncio.create_task(pace.wait())
    await until(lambda: pace.waiting == 1)
    pace.hold(0.2)
    await waiting
    assert asyncio.get_running_loop().time() - began >= 0.199


async def test_another_limit_counts_from_now_on() -> None:
    callers = Callers(RequestPace(50))
    callers.pace.limit(2)
    await asyncio.gather(*(callers.call(f"{n}", Priority.NORMAL) for n in range(6)))
    gaps = [round(later - earlier, 2) for earlier, later in pairwise(callers.moments[::2])]
    assert all(gap >= 0.09 for gap in gaps)
