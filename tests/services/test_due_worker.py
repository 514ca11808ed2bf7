"""Workers: on time, each piece once, one kind never in the way of another, failures tried again and then given up."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sized
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col
from structlog.testing import capture_logs

from guildbase.core import clock
from guildbase.core.clock import utcnow
from guildbase.core.errors import DatabaseUnavailable, PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import insert_rows
from guildbase.platform.telemetry.controller import ErrorController
from guildbase.services.container import BotServices
from guildbase.services.due_work import DueItem, DueRun, DueState, DueWork, GiveUp, NoLongerDue
from guildbase.services.due_work import attempts as attempts_module
from guildbase.services.due_work import worker as worker_module
from guildbase.services.due_work.attempts import LONGEST_RETRY, pause_after
from guildbase.services.due_work.claims import MAX_ATTEMPTS
from guildbase.services.due_work.worker import OF_ONE_KIND, PLACES, DueWorker
from guildbase.services.loops import CANCEL_PAUSE, BackgroundLoops
from tests.factories import new_id
from tests.services.due_workers import NOW, Recorder, all_stored, new_worker, schedule, stored, working
from tests.waiting import until

log = logging.getLogger(__name__)
HOUR = timedelta(hours=1)
MANY = 5_000


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    return lambda by: monkeypatch.setattr(clock, "ahead", clock.ahead + by)


async def states(services: BotServices, kind: str = "test") -> list[str]:
    return [item.state.value for item in await all_stored(services, kind)]


def is_in(services: BotServices, *expected: str, kind: str = "test") -> Callable[[], Any]:
    async def look() -> bool:
        return await states(services, kind) == list(expected)

    return look


async def test_a_handler_is_given_the_work_and_its_end_is_stored(services: BotServices) -> None:
    work, guild_id, user_id = Recorder(), new_id(), new_id()
    async with working(new_worker(services, test=work)):
        number = await schedule(services, payload={"a": 1}, guild_id=guild_id, user_id=user_id)
        await until(is_in(services, "done"))
    [run] = work.runs
    assert (run.payload, run.guild_id, run.user_id, run.attempt) == ({"a": 1}, guild_id, user_id, 1)
    assert run.due_at == (await stored(services, number)).due_at
    assert run.controller(DueWork) is services.get(DueWork)
    assert services.get(DueWork).figures.endings == {("test", "done"): 1}


async def test_scheduling_wakes_a_worker_that_would_look_much_later(services: BotServices) -> None:
    worker = new_worker(services, poll=600, test=Recorder())
    async with working(worker):
        await until(lambda: worker._knows_jobs)
        await schedule(services)
        await until(is_in(services, "done"))


async def test_regression_a_wake_up_that_is_lost_costs_one_look(
    services: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DueWork, "_wake", lambda _self: None)
    async with working(new_worker(services, test=Recorder())):
        await schedule(services)
        await until(is_in(services, "done"))


async def test_work_is_begun_at_its_moment_and_not_at_the_next_look(services: BotServices) -> None:
    work = Recorder()
    async with working(new_worker(services, poll=600, test=work)):
        await schedule(services, after=timedelta(seconds=0.3))
        await until(is_in(services, "done"))
    [run] = work.runs
    assert 0 <= run.claim.is_late_by < 5


async def test_what_is_not_due_waits(services: BotServices, pass_time: Callable[[timedelta], None]) -> None:
    work = Recorder()
    async with working(new_worker(services, test=work)):
        await schedule(services, after=2 * HOUR)
        await schedule(services, payload={"now": True})
        await until(is_in(services, "pending", "done"))
        pass_time(2 * HOUR)
        await until(is_in(services, "done", "done"))
    assert [run.payload for run in work.runs] == [{"now": True}, {}]


async def test_thousands_that_are_due_in_one_second_are_done_once_each_and_in_order_by_two_workers(
    services: BotServices,
) -> None:
    database, done = services.get(DatabaseManager), list[int]()

    async def handler(run: DueRun) -> None:
        done.append(run.payload["n"])

    begin = utcnow() - timedelta(seconds=2)
    moments = [begin + timedelta(seconds=number / MANY) for number in range(MANY)]
    rows = [{"kind": "test", "payload": {"n": number}, "due_at": due} for number, due in enumerate(moments)]
    async with database.transaction() as work:
        await insert_rows(work.session, DueItem, rows)
    async with working(new_worker(services, test=handler), new_worker(services, test=handler)):
        await until(lambda: len(done) >= MANY, timeout=120)

        async def none_is_left() -> bool:
            async with database.read_session(fresh=True) as session:
                left = select(func.count()).where(col(DueItem.state) != DueState.DONE, col(DueItem.kind) == "test")
                return (await session.execute(left)).scalar_one() == 0

        await until(none_is_left)
    # Two workers do 16 pieces of the kind at a time, so none can be overtaken by many.
    displaced = max(abs(position - number) for position, number in enumerate(done))
    log.info("%d done, doubled %d, displaced by %d at most", len(done), len(done) - len(set(done)), displaced)
    assert sorted(done) == list(range(MANY))
    assert displaced < 200


@pytest.mark.databases("postgresql")
async def test_regression_work_that_somebody_keeps_locked_is_looked_at_ever_less_often(services: BotServices) -> None:
    work, database = Recorder(), services.get(DatabaseManager)
    number = await schedule(services)
    worker = new_worker(services, poll=2, test=work)
    async with database.transaction() as transaction:
        await transaction.session.execute(select(DueItem).where(col(DueItem.work_id) == number).with_for_update())
        pauses = [await worker._round() for _ in range(10)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.01, 2)
    async with working(worker):
        await until(is_in(services, "done"))


async def test_a_slow_kind_leaves_places_to_the_others(services: BotServices) -> None:
    slow, quick = Recorder(), Recorder()
    slow.may_end.clear()
    for _ in range(PLACES + 4):
        await schedule(services, "slow")
    async with working(new_worker(services, slow=slow, quick=quick)):
        await until(lambda: len(slow.runs) == OF_ONE_KIND)
        for _ in range(3):
            await schedule(services, "quick")
        await until(is_in(services, "done", "done", "done", kind="quick"))
        assert len(slow.runs) == OF_ONE_KIND
        slow.may_end.set()
        await until(is_in(services, *["done"] * (PLACES + 4), kind="slow"))


async def test_no_more_is_begun_than_there_are_places(services: BotServices) -> None:
    kinds = {name: Recorder() for name in ("a", "b", "c")}
    for name, work in kinds.items():
        work.may_end.clear()
        for _ in range(OF_ONE_KIND):
            await schedule(services, name)
    worker = new_worker(services, kinds)
    async with working(worker):
        await until(lambda: sum(len(work.runs) for work in kinds.values()) == PLACES)
        await worker._round()
        assert sum(len(work.runs) for work in kinds.values()) == PLACES
        for work in kinds.values():
            work.may_end.set()
        await until(is_in(services, *["done"] * OF_ONE_KIND, kind="c"))


ERRORS = [
    RuntimeError("a bug"),
    PermissionDenied("Missing Permissions"),
    OSError("no network"),
    TimeoutError(),
    DatabaseUnavailable("away"),
    KeyError("x"),
    ExceptionGroup("several", [ValueError("1")]),
    ValueError("\0 and \udcff"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_whatever_a_handler_raises_is_tried_again_later(services: BotServices, error: Exception) -> None:
    work = Recorder()
    work.error = error
    number = await schedule(services)
    with capture_logs() as logs:
        async with working(new_worker(services, test=work)):
            await until(lambda: services.get(DueWork).figures.endings["test", "retried"] == 1)
    item = await stored(services, number)
    assert (item.state, item.attempts, item.worker) == (DueState.PENDING, 1, None)
    assert item.error is not None
    assert item.error.startswith(type(error).__name__)
    assert item.due_at > item.created_at + timedelta(seconds=2)
    assert [line["is_final"] for line in logs if line["event"] == "due_work_failed"] == [False]
    await services.get(ErrorController).flush()
    is_our_mistake = not isinstance(error, PermissionDenied | DatabaseUnavailable) and type(error) is not OSError
    assert len(await services.get(ErrorController).errors(SYSTEM)) == int(is_our_mistake)


async def test_what_fails_each_time_is_tried_eight_times_and_then_kept_as_failed(
    services: BotServices, pass_time: Callable[[timedelta], None]
) -> None:
    work = Recorder()
    work.error = PermissionDenied("Missing Permissions")
    number = await schedule(services)
    async with working(new_worker(services, test=work)):
        for attempt in range(1, MAX_ATTEMPTS):
            await until(lambda count=attempt: len(work.runs) == count)  # type: ignore[misc]
            await until(is_in(services, "pending"))
            pass_time(LONGEST_RETRY * 2)
        await until(is_in(services, "failed"))
        pass_time(timedelta(days=10))
        await schedule(services, "test", after=HOUR)
    item = await stored(services, number)
    log.info("%d calls until it was given up", len(work.runs))
    assert (len(work.runs), item.attempts) == (8, 8)
    assert item.error == "PermissionDenied: Missing Permissions"
    assert item.finished_at is not None
    assert services.get(DueWork).figures.endings == {("test", "retried"): 7, ("test", "failed"): 1}


def test_pauses_grow_and_differ() -> None:
    pauses = [pause_after(attempt).total_seconds() for attempt in range(1, 8)]
    assert 3 < pauses[0] < 7
    assert pauses == sorted(pauses) or pauses[-1] <= LONGEST_RETRY.total_seconds() * 1.25
    assert max(pauses) <= LONGEST_RETRY.total_seconds() * 1.25
    assert len({pause_after(3) for _ in range(20)}) > 1


async def test_a_handler_that_knows_better_gives_up_at_once(services: BotServices) -> None:
    work = Recorder()
    work.error = GiveUp("The channel is gone.")
    await schedule(services)
    async with working(new_worker(services, test=work)):
        await until(is_in(services, "failed"))
    [item] = await services.get(DueWork).items(SYSTEM, state=DueState.FAILED)
    assert (item.error, item.attempts) == ("GiveUp: The channel is gone.", 1)


async def test_work_that_was_cancelled_while_it_ran_is_lost_and_not_tried_again(services: BotServices) -> None:
    work, database = Recorder(), services.get(DatabaseManager)
    work.may_end.clear()
    number = await schedule(services, unique_key="ban")

    async def handler(run: DueRun) -> None:
        await work(run)
        async with database.transaction() as transaction:
            await run.complete(transaction)

    async with working(new_worker(services, test=handler)):
        await work.began.wait()
        async with database.transaction() as transaction:
            await services.get(DueWork).cancel(transaction, "ban")
        work.may_end.set()
        await until(lambda: services.get(DueWork).figures.endings["test", "lost"] == 1)
    assert (await stored(services, number)).state is DueState.CANCELLED
    assert issubclass(NoLongerDue, Exception)


async def test_a_handler_that_completed_needs_no_second_mark(services: BotServices) -> None:
    database = services.get(DatabaseManager)

    async def handler(run: DueRun) -> None:
        async with database.transaction() as work:
            await run.services.get(DueWork).schedule(work, "consequence", after=HOUR)
            await run.complete(work)
        raise RuntimeError("after the end")

    number = await schedule(services)
    async with working(new_worker(services, test=handler)):
        await until(is_in(services, "done"))
    assert await states(services, "consequence") == ["pending"]
    assert (await stored(services, number)).attempts == 1


async def test_work_without_a_handler_stays_until_its_feature_is_back(services: BotServices) -> None:
    number, work = await schedule(services, "unloaded"), Recorder()
    async with working(new_worker(services, test=Recorder())):
        await schedule(services)
        await until(is_in(services, "done"))
    item = await stored(services, number)
    assert (item.state, item.attempts, item.version) == (DueState.PENDING, 0, 0)
    async with working(new_worker(services, unloaded=work)):
        await until(is_in(services, "done", kind="unloaded"))


async def test_a_long_handler_keeps_its_lease(services: BotServices) -> None:
    lease, work, elsewhere = timedelta(seconds=1.2), Recorder(), Recorder()
    work.may_end.clear()
    number = await schedule(services)
    async with working(new_worker(services, lease=lease, test=work)):
        await work.began.wait()
        async with working(new_worker(services, lease=lease, test=elsewhere)):
            first = (await stored(services, number)).lease_until
            assert first is not None

            async def was_renewed_past_its_end() -> bool:
                until_when = (await stored(services, number)).lease_until
                return until_when is not None and until_when > first + lease

            await until(was_renewed_past_its_end, timeout=30)
            work.may_end.set()
            await until(is_in(services, "done"))
    assert (len(work.runs), len(elsewhere.runs)) == (1, 0)


async def test_a_handler_whose_work_is_no_longer_ours_is_cut_off(services: BotServices) -> None:
    work, database = Recorder(), services.get(DatabaseManager)
    work.may_end.clear()
    await schedule(services, unique_key="ban")
    async with working(new_worker(services, lease=timedelta(seconds=0.3), test=work)):
        await work.began.wait()
        async with database.transaction() as transaction:
            await services.get(DueWork).cancel(transaction, "ban")
        await until(lambda: services.get(DueWork).figures.endings["test", "lost"] == 1)
    assert await states(services) == ["cancelled"]


async def test_a_beat_that_fails_is_followed_by_the_next_one(
    services: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Recorder()
    work.may_end.clear()
    worker, beats = new_worker(services, lease=timedelta(seconds=0.3), test=work), 0

    async def broken(_claim: object) -> bool:
        nonlocal beats
        beats += 1
        raise DatabaseUnavailable("away")

    monkeypatch.setattr(worker.claims, "renew", broken)
    await schedule(services)
    async with working(worker):
        await until(lambda: beats >= 2)
        work.may_end.set()
        await until(is_in(services, "done"))


async def test_a_handler_that_does_not_end_is_cut_off(services: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts_module, "TIME_LIMIT", 0.05)
    work = Recorder()
    work.may_end.clear()
    number = await schedule(services)
    async with working(new_worker(services, test=work)):
        await until(lambda: services.get(DueWork).figures.endings["test", "retried"] == 1)
    assert (await stored(services, number)).error == "TimeoutError"


async def test_a_stop_lets_begun_work_end(services: BotServices) -> None:
    work = Recorder()
    work.may_end.clear()
    await schedule(services)
    running = asyncio.create_task(new_worker(services, test=work).run())
    await work.began.wait()
    running.cancel()
    await asyncio.sleep(0)
    await schedule(services)
    work.may_end.set()
    await asyncio.gather(running, return_exceptions=True)
    assert await states(services) == ["done", "pending"]
    assert len(work.runs) == 1


async def test_regression_a_stop_that_comes_with_a_wake_up_is_heard(services: BotServices) -> None:
    for ticks in range(6):
        worker = new_worker(services, poll=600, test=Recorder())
        running = asyncio.create_task(worker.run())
        waiters: Sized = worker._wake._waiters
        await until(lambda waiters=waiters: len(waiters) > 0)  # type: ignore[misc]
        worker._wake.set()
        for _ in range(ticks):
            await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait([running], timeout=10)
        assert running.cancelled(), ticks


async def test_regression_the_end_of_the_loop_leaves_begun_work_its_grace(services: BotServices) -> None:
    work, loops = Recorder(), services.get(BackgroundLoops)
    work.may_end.clear()
    await schedule(services)
    loops.start("due-work", new_worker(services, test=work).run, grace=60)
    await work.began.wait()
    stopping = asyncio.create_task(loops.stop("due-work"))
    await asyncio.sleep(1.2 * CANCEL_PAUSE)
    work.may_end.set()
    await stopping
    assert await states(services) == ["done"]


async def test_a_stop_gives_back_what_takes_too_long(services: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "GRACE", 0.05)
    work, again = Recorder(), Recorder()
    work.may_end.clear()
    number = await schedule(services)
    async with working(new_worker(services, test=work)):
        await work.began.wait()
    item = await stored(services, number)
    assert (item.state, item.attempts, item.lease_until) == (DueState.PENDING, 0, None)
    async with working(new_worker(services, test=again)):
        await until(is_in(services, "done"))


async def test_a_loop_that_breaks_in_any_way_runs_again(services: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    work, held, left = Recorder(), Recorder(), list(ERRORS)
    held.may_end.clear()
    worker = new_worker(services, test=work, held=held)
    look = worker.claims.look

    async def breaking(kinds: Any) -> Any:
        if left:
            raise left.pop()
        return await look(kinds)

    monkeypatch.setattr(worker.claims, "look", breaking)
    monkeypatch.setattr("guildbase.services.loops.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("guildbase.services.loops.LONGEST_PAUSE", 0.02)
    loops = services.get(BackgroundLoops)
    await schedule(services, "held")
    await schedule(services)
    loops.start("due-work", worker.run)
    await until(is_in(services, "done"))
    await held.began.wait()
    loop = loops.loops["due-work"]
    log.info("%d kinds of error, %d restarts, broken now: %s", len(ERRORS), loop.restarts, loops.broken)
    # A database that is away breaks nothing.
    assert (loop.restarts, loops.broken) == (len(ERRORS) - 1, [])
    # What was begun is given back when the loop breaks, and begun again.
    left.append(RuntimeError("once more"))
    await until(lambda: len(held.runs) == 2)
    held.may_end.set()
    await until(is_in(services, "done", kind="held"))
    await loops.stop("due-work")


class ShiftedClock(datetime):
    """A process's clock that is wrong by a day."""

    shift = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.shift


@pytest.mark.parametrize("days", [-1, 1])
async def test_a_process_whose_clock_jumps_by_a_day_does_nothing_early_and_nothing_twice(
    services: BotServices, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    work = Recorder()
    async with working(new_worker(services, test=work)):
        for number in range(20):
            await schedule(services, payload={"n": number}, after=timedelta(seconds=number / 40))
        await schedule(services, payload={"n": "tomorrow"}, after=timedelta(hours=20))
        await work.began.wait()
        monkeypatch.setattr(ShiftedClock, "shift", timedelta(days=days))
        monkeypatch.setattr(clock, "datetime", ShiftedClock)
        await until(is_in(services, *["done"] * 20, "pending"))
        await schedule(services, payload={"n": 20})
        await until(is_in(services, *["done"] * 20, "pending", "done"))
    early = [run for run in work.runs if run.claim.is_late_by < 0]
    numbers = [run.payload["n"] for run in work.runs]
    log.info("clock off by %+d d: early %d, doubled %d", days, len(early), len(numbers) - len(set(numbers)))
    assert (early, sorted(numbers)) == ([], list(range(21)))


async def test_what_waits_and_what_failed_is_counted(services: BotServices) -> None:
    work, worker = Recorder(), new_worker(services, test=Recorder(), other=Recorder())
    await schedule(services, after=-HOUR)
    await schedule(services, "unloaded", after=-HOUR)
    async with services.get(DatabaseManager).transaction() as transaction:
        failed = await services.get(DueWork).schedule(transaction, "other", after=NOW)
        await transaction.session.execute(
            update(DueItem.__table__).where(col(DueItem.work_id) == failed).values(state=DueState.FAILED)
        )
    await worker._count()
    figures = services.get(DueWork).figures
    assert figures.failed == 1
    assert 3600 <= figures.lags["test"] < 3700
    assert (figures.lags["other"], set(figures.lags)) == (0.0, {"test", "other"})
    assert work.runs == []


async def test_an_end_that_cannot_be_stored_leaves_the_work_to_its_lease(
    services: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, again = Recorder(), Recorder()
    worker = new_worker(services, lease=timedelta(seconds=1), test=work)

    async def broken(_settlement: object) -> bool:
        raise DatabaseUnavailable("away")

    async def nothing(**_: object) -> None:
        raise DatabaseUnavailable("away")

    await schedule(services)
    with monkeypatch.context() as away, capture_logs() as logs:
        away.setattr(worker.claims, "done", broken)
        away.setattr(worker.claims, "release", nothing)
        async with working(worker):
            await until(lambda: "due_work_not_settled" in [line["event"] for line in logs])
    assert "due_work_not_released" in [line["event"] for line in logs]
    assert await states(services) == ["running"]
    async with working(new_worker(services, lease=timedelta(seconds=1), test=again)):
        await until(is_in(services, "done"), timeout=30)
    assert [run.attempt for run in again.runs] == [2]


def test_a_worker_knows_the_jobs_of_all_features(services: BotServices) -> None:
    worker = DueWorker(services)
    assert {"telemetry.retention", "privacy.erase"} <= set(worker.handlers)
