"""Jobs: found in the features, done when due by one process at a time, and once for all times that were missed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from guildbase.core import clock
from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound
from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.platform.telemetry.controller import ErrorController
from guildbase.services.container import BotServices
from guildbase.services.due_work import DueItem, DueState
from guildbase.services.due_work.attempts import AFTER_A_FAILURE, Ending
from guildbase.services.due_work.handlers import Handler, declared_handlers
from guildbase.services.due_work.recurring import Jobs
from guildbase.services.due_work.worker import DueWorker
from tests.local_features import LocalFeatures
from tests.services.due_workers import Recorder, all_stored, new_worker, working
from tests.waiting import until

HOUR = timedelta(hours=1)


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    return lambda by: monkeypatch.setattr(clock, "ahead", clock.ahead + by)


def keeper(services: BotServices, **jobs: Recorder) -> DueWorker:
    """A worker that does only these, each hour."""
    return new_worker(services, jobs, every=HOUR)


def by_hand(services: BotServices, **jobs: Recorder) -> Jobs:
    """What the command does, for these jobs."""
    made = Jobs(services)
    made.jobs = {name: Handler(work, name, HOUR) for name, work in jobs.items()}
    return made


async def row(services: BotServices, name: str) -> DueItem:
    [found] = await all_stored(services, name)
    return found


def was_done(services: BotServices, name: str, work: Recorder, times: int) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return len(work.runs) == times and (await row(services, name)).state is DueState.PENDING

    return look


async def test_a_job_runs_at_once_and_then_when_it_is_due(
    services: BotServices, pass_time: Callable[[timedelta], None]
) -> None:
    work = Recorder()
    async with working(keeper(services, sweep=work)):
        await until(was_done(services, "sweep", work, 1))
        pass_time(HOUR / 2)
        kept = await row(services, "sweep")
        assert timedelta(minutes=29) < kept.due_at - utcnow() <= HOUR / 2
        assert (kept.error, kept.lease_until, kept.attempts) == (None, None, 0)
        assert kept.finished_at is not None
        pass_time(HOUR / 2)
        await until(was_done(services, "sweep", work, 2))


async def test_a_restart_does_not_begin_anew(services: BotServices) -> None:
    work, other = Recorder(), Recorder()
    async with working(keeper(services, sweep=work)):
        await until(was_done(services, "sweep", work, 1))
    async with working(keeper(services, sweep=work, other=other)):
        await until(was_done(services, "other", other, 1))
    assert len(work.runs) == 1


async def test_times_that_were_missed_are_made_up_for_once(
    services: BotServices, pass_time: Callable[[timedelta], None]
) -> None:
    work, other = Recorder(), Recorder()
    async with working(keeper(services, sweep=work)):
        await until(was_done(services, "sweep", work, 1))
    pass_time(timedelta(days=3))
    async with working(keeper(services, sweep=work)):
        await until(was_done(services, "sweep", work, 2))
    async with working(keeper(services, sweep=work, other=other)):
        await until(was_done(services, "other", other, 1))
    assert len(work.runs) == 2


async def test_a_job_that_fails_keeps_no_other_from_running_and_is_tried_again_soon(
    services: BotServices, pass_time: Callable[[timedelta], None]
) -> None:
    bad, good = Recorder(), Recorder()
    bad.error = RuntimeError("a bug")
    with capture_logs() as logs:
        async with working(keeper(services, bad=bad, good=good)):
            await until(was_done(services, "bad", bad, 1))
            await until(was_done(services, "good", good, 1))
    assert [line["kind"] for line in logs if line["event"] == "due_work_failed"] == ["bad"]
    assert (await row(services, "bad")).error == "RuntimeError: a bug"
    await services.get(ErrorController).flush()
    [event] = await services.get(ErrorController).errors(SYSTEM)
    assert (event.kind, event.place, event.message) == ("job", "bad", "a bug")

    bad.error = None
    pass_time(AFTER_A_FAILURE)
    async with working(keeper(services, bad=bad, good=good)):
        await until(was_done(services, "bad", bad, 2))
    assert (await row(services, "bad")).error is None
    assert len(good.runs) == 1


async def test_a_job_that_always_fails_is_never_given_up(
    services: BotServices, pass_time: Callable[[timedelta], None]
) -> None:
    bad = Recorder()
    bad.error = RuntimeError("a bug")
    async with working(keeper(services, bad=bad)):
        for times in range(1, 11):
            await until(was_done(services, "bad", bad, times))
            pass_time(AFTER_A_FAILURE)


async def test_one_process_at_a_time_does_a_job(services: BotServices) -> None:
    work = Recorder()
    work.may_end.clear()
    async with working(keeper(services, sweep=work), keeper(services, sweep=work), keeper(services, sweep=work)):
        await work.began.wait()
        [outcome] = await by_hand(services, sweep=work).run_now(["sweep"])
        assert (outcome.kind, outcome.ending) == ("sweep", Ending.LOST)
        work.may_end.set()
        await until(was_done(services, "sweep", work, 1))


async def test_regression_a_clock_that_was_wrong_for_a_moment_stops_no_job_for_years(
    services: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Recorder()
    monkeypatch.setattr(clock, "ahead", timedelta(days=4000))
    async with working(keeper(services, sweep=work)):
        await until(was_done(services, "sweep", work, 1))
    monkeypatch.setattr(clock, "ahead", timedelta(0))
    async with working(keeper(services, sweep=work)):
        await until(was_done(services, "sweep", work, 2))
    assert (await row(services, "sweep")).due_at < utcnow() + HOUR


async def test_all_jobs_run_on_request_whether_due_or_not(services: BotServices) -> None:
    one, two = Recorder(), Recorder()
    house = by_hand(services, one=one, two=two)
    await house.run_now()
    assert [outcome.kind for outcome in await house.run_now()] == ["one", "two"]
    assert [outcome.ending for outcome in await house.run_now(["two"])] == [Ending.DONE]
    assert (len(one.runs), len(two.runs)) == (2, 3)


async def test_a_job_that_is_stopped_by_hand_is_free_at_once(services: BotServices) -> None:
    work = Recorder()
    work.may_end.clear()
    house = by_hand(services, sweep=work)
    running = asyncio.create_task(house.run_now())
    await work.began.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    work.may_end.set()
    assert [outcome.ending for outcome in await house.run_now()] == [Ending.DONE]


async def test_without_jobs_there_is_nothing_to_ensure(services: BotServices) -> None:
    assert await by_hand(services).run_now() == []


async def test_an_unknown_job_is_told_with_those_that_there_are(services: BotServices) -> None:
    with pytest.raises(NotFound, match="no job cooking") as refused:
        await Jobs(services).run_now(["cooking"])
    assert "telemetry.retention" in refused.value.hint


JOBS = """
from datetime import timedelta

from guildbase.services.due_work import due, job


@job(every=timedelta(hours=3))
async def polish(services):
    return {"spoons": 12}


@due("kitchen.serve")
async def serve(run):
    pass
"""


async def test_features_declare_their_jobs_and_a_broken_file_leaves_out_its_own(
    services: BotServices, tmp_path: Path
) -> None:
    local = LocalFeatures(tmp_path / "features")
    local.write("kitchen")
    (local.folder / "kitchen/jobs.py").write_text(JOBS)
    local.write("cellar")
    (local.folder / "cellar/jobs.py").write_text("raise RuntimeError('damp')")
    local.write("attic")
    services.add(FeatureRegistry, FeatureRegistry.discover(local.folder))
    with capture_logs() as logs:
        handlers = declared_handlers(services.get(FeatureRegistry))
        house = Jobs(services)
    assert handlers["kitchen.serve"].every is None
    assert {"kitchen.polish", "telemetry.partitions", "telemetry.stats", "telemetry.retention"} <= set(house.jobs)
    assert "kitchen.serve" not in house.jobs
    assert {line["feature"] for line in logs if line["event"] == "jobs_not_loaded"} == {"cellar"}
    [outcome] = await house.run_now(["kitchen.polish"])
    assert outcome.result == {"spoons": 12}


async def test_every_built_in_job_runs_twice(services: BotServices) -> None:
    house = Jobs(services)
    for _ in range(2):
        assert [outcome for outcome in await house.run_now() if outcome.ending is not Ending.DONE] == []
