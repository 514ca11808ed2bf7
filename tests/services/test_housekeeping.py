"""Periodic jobs: found in the features, run when due by one process at a time, and never ended by one that fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from guildbase.core import clock
from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound
from guildbase.core.ports import SYSTEM
from guildbase.core.registry import FeatureRegistry
from guildbase.database.manager import DatabaseManager
from guildbase.platform.telemetry.controller import ErrorController
from guildbase.services import housekeeping
from guildbase.services.container import BotServices
from guildbase.services.housekeeping import Housekeeping, HousekeepingJob, Job, Outcome, Result
from tests.local_features import LocalFeatures
from tests.waiting import until

HOUR = timedelta(hours=1)


class Work:
    """A job that counts its runs, and fails or waits on request."""

    def __init__(self) -> None:
        self.runs = 0
        self.error: Exception | None = None
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self, _services: BotServices) -> Result:
        self.runs += 1
        self.began.set()
        await self.may_end.wait()
        if self.error is not None:
            raise self.error
        return {"done": self.runs}


def keeper(services: BotServices, **jobs: Work) -> Housekeeping:
    """Housekeeping that does only these."""
    made = Housekeeping(services)
    made.jobs = {name: Job(HOUR, work) for name, work in jobs.items()}
    return made


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    return lambda by: monkeypatch.setattr(clock, "ahead", clock.ahead + by)


async def row(services: BotServices, name: str) -> HousekeepingJob:
    async with services.get(DatabaseManager).read_session() as session:
        found = await session.get(HousekeepingJob, name)
        assert found is not None
        return found


async def test_a_job_runs_at_once_and_then_when_it_is_due(
    services: BotServices, pass_time: Callable[[timedelta], None]
) -> None:
    work = Work()
    house = keeper(services, sweep=work)
    [first] = await house.run_due()
    assert (first.job, first.result, first.error) == ("sweep", {"done": 1}, None)
    assert await house.run_due() == []
    pass_time(HOUR / 2)
    assert await house.run_due() == []
    pass_time(HOUR / 2)
    assert [outcome.result for outcome in await house.run_due()] == [{"done": 2}]
    kept = await row(services, "sweep")
    assert (kept.result, kept.error, kept.lease_until) == ({"done": 2}, None, None)
    assert kept.finished_at is not None
    assert timedelta(minutes=59) < kept.due_at - utcnow() <= HOUR


async def test_a_restart_does_not_begin_anew(services: BotServices) -> None:
    work = Work()
    await keeper(services, sweep=work).run_due()
    assert await keeper(services, sweep=work).run_due() == []
    assert work.runs == 1


async def test_a_job_that_fails_keeps_no_other_from_running_and_is_tried_again_soon(
    services: BotServices, pass_time: Callable[[timedelta], None]
) -> None:
    bad, good = Work(), Work()
    bad.error = RuntimeError("a bug")
    house = keeper(services, bad=bad, good=good)
    with capture_logs() as logs:
        first, second = await house.run_due()
    assert (first.error, first.result) == ("RuntimeError", None)
    assert second.result == {"done": 1}
    assert [line["job"] for line in logs if line["event"] == "housekeeping_failed"] == ["bad"]
    assert (await row(services, "bad")).error == "RuntimeError"
    await services.get(ErrorController).flush()
    [event] = await services.get(ErrorController).errors(SYSTEM)
    assert (event.kind, event.place, event.message) == ("job", "bad", "a bug")

    bad.error = None
    pass_time(housekeeping.AFTER_A_FAILURE)
    assert [outcome.job for outcome in await house.run_due()] == ["bad"]
    assert (await row(services, "bad")).error is None


async def test_one_process_at_a_time_does_a_job(services: BotServices) -> None:
    work = Work()
    work.may_end.clear()
    running = asyncio.create_task(keeper(services, sweep=work).run_due())
    await work.began.wait()
    elsewhere = keeper(services, sweep=work)
    assert await elsewhere.run_due() == []
    [outcome] = await elsewhere.run_now(["sweep"])
    assert outcome == Outcome("sweep", is_elsewhere=True)
    work.may_end.set()
    assert len(await running) == 1
    assert work.runs == 1


async def test_of_many_that_find_a_job_due_at_once_one_does_it(services: BotServices) -> None:
    work = Work()
    outcomes = await asyncio.gather(*(keeper(services, sweep=work).run_due() for _ in range(8)))
    assert (work.runs, sum(map(len, outcomes))) == (1, 1)


async def test_the_job_of_a_process_that_died_is_taken_over_after_its_lease(
    services: BotServices, pass_time: Callable[[timedelta], None]
) -> None:
    work, again = Work(), Work()
    work.may_end.clear()
    died = keeper(services, sweep=work)
    running = asyncio.create_task(died.run_due())
    await work.began.wait()
    pass_time(housekeeping.LEASE + timedelta(seconds=1))
    [outcome] = await keeper(services, sweep=again).run_due()
    assert outcome.result == {"done": 1}
    settled = await row(services, "sweep")
    # The first one comes back after all, and must not overwrite what the second one wrote.
    work.error = RuntimeError("late")
    work.may_end.set()
    await running
    assert await row(services, "sweep") == settled


async def test_regression_a_clock_that_was_wrong_for_a_moment_stops_no_job_for_years(
    services: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, stuck = Work(), Work()
    stuck.may_end.clear()
    monkeypatch.setattr(clock, "ahead", timedelta(days=4000))
    await keeper(services, sweep=work).run_due()
    running = asyncio.create_task(keeper(services, held=stuck).run_due())
    await stuck.began.wait()
    monkeypatch.setattr(clock, "ahead", timedelta(0))
    outcomes = await keeper(services, sweep=work, held=Work()).run_due()
    assert [outcome.job for outcome in outcomes] == ["sweep", "held"]
    assert await keeper(services, sweep=work, held=Work()).run_due() == []
    stuck.may_end.set()
    await running


async def test_a_job_that_does_not_end_is_cut_off(services: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "TIME_LIMIT", 0.01)
    work = Work()
    work.may_end.clear()
    [outcome] = await keeper(services, sweep=work).run_due()
    assert outcome.error == "TimeoutError"


async def test_a_stop_gives_the_job_back(services: BotServices) -> None:
    work = Work()
    work.may_end.clear()
    running = asyncio.create_task(keeper(services, sweep=work).run())
    await work.began.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    work.may_end.set()
    assert len(await keeper(services, sweep=work).run_due()) == 1


async def test_nothing_but_the_stop_ends_the_loop(services: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "ROUND", 0.001)
    house = keeper(services)
    rounds = 0

    async def broken() -> list[Outcome]:
        nonlocal rounds
        rounds += 1
        raise RuntimeError("the database is away")

    async def several() -> bool:
        return rounds >= 3

    monkeypatch.setattr(house, "run_due", broken)
    with capture_logs() as logs:
        running = asyncio.create_task(house.run())
        await until(several)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert {line["event"] for line in logs} == {"housekeeping_interrupted"}


async def test_on_sqlite_what_a_killed_process_held_is_free_at_the_next_start(
    services: BotServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, again = Work(), Work()
    work.may_end.clear()
    killed = asyncio.create_task(keeper(services, sweep=work).run_due())
    await work.began.wait()
    started = asyncio.create_task(keeper(services, sweep=again).run())
    is_sqlite = services.get(DatabaseManager).is_sqlite
    if is_sqlite:
        await again.began.wait()
    for task in (started, killed):
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert again.runs == int(is_sqlite)


async def test_all_jobs_run_on_request_whether_due_or_not(services: BotServices) -> None:
    one, two = Work(), Work()
    house = keeper(services, one=one, two=two)
    await house.run_due()
    assert [outcome.job for outcome in await house.run_now()] == ["one", "two"]
    assert [outcome.job for outcome in await house.run_now(["two"])] == ["two"]
    assert (one.runs, two.runs) == (2, 3)


async def test_an_unknown_job_is_told_with_those_that_there_are(services: BotServices) -> None:
    with pytest.raises(NotFound, match="no job cooking") as refused:
        await Housekeeping(services).run_now(["cooking"])
    assert "telemetry.retention" in refused.value.hint


JOBS = """
from datetime import timedelta

from guildbase.services.housekeeping import job


@job(every=timedelta(hours=3))
async def polish(services):
    return {"spoons": 12}
"""


async def test_features_declare_their_jobs_and_a_broken_file_leaves_out_its_own(
    services: BotServices, tmp_path: Path
) -> None:
    local = LocalFeatures(tmp_path / "features")
    local.write("kitchen")
    (local.folder / "kitchen/jobs.py").write_text(JOBS)
    local.write("cellar")
    (local.folder / "cellar/jobs.py").write_text("raise RuntimeError('damp')")
    services.add(FeatureRegistry, FeatureRegistry.discover(local.folder))
    with capture_logs() as logs:
        house = Housekeeping(services)
    assert {"kitchen.polish", "telemetry.partitions", "telemetry.stats", "telemetry.retention"} <= set(house.jobs)
    assert [line["feature"] for line in logs if line["event"] == "jobs_not_loaded"] == ["cellar"]
    [outcome] = await house.run_now(["kitchen.polish"])
    assert outcome.result == {"spoons": 12}


async def test_every_built_in_job_runs_twice(services: BotServices) -> None:
    house = Housekeeping(services)
    for _ in range(2):
        assert [outcome for outcome in await house.run_now() if outcome.error or outcome.is_elsewhere] == []
