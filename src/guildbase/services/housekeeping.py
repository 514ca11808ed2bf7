"""Periodic jobs: what has to be done again and again, by one process at a time.

A feature declares its jobs in `jobs.py` with `@job(every=...)`. The table keeps when each is due and who is at it,
so that several processes share the work, and that a restart does not begin everything anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, or_, select, update
from sqlmodel import Field, col
from sqlmodel.sql.sqltypes import UTCDateTime

from guildbase.core.clock import utcnow
from guildbase.core.errors import NotFound
from guildbase.core.logging import correlation
from guildbase.core.ports import ErrorReport
from guildbase.core.registry import FeatureRegistry, load_file
from guildbase.database.base import Base
from guildbase.database.manager import DatabaseManager
from guildbase.database.privacy import NOT_PERSONAL, column_info
from guildbase.database.rows.upsert import insert_for
from guildbase.database.types import document_field, text_field
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.container import BotServices
from guildbase.services.errors import report

log = structlog.get_logger(__name__)

ROUND = 60.0  # seconds between two looks at what is due
LEASE = timedelta(minutes=20)
TIME_LIMIT = LEASE.total_seconds() * 3 / 4
"""Seconds for one run, well within the lease; a job that needs longer goes on in its next run."""
AFTER_A_FAILURE = timedelta(minutes=5)

Result = Mapping[str, int]
"""What a run did, as counts by name, for example `{"removed": 12}`."""
RunJob = Callable[[BotServices], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Job:
    """A declared job. It must bear being cut off anywhere, and being run twice."""

    every: timedelta
    run: RunJob


def job(*, every: timedelta) -> Callable[[RunJob], Job]:
    """Declare the function as a job of its feature: `async def sweep(services) -> Result`."""
    return lambda run: Job(every, run)


class HousekeepingJob(Base, table=True):
    """When a job is due, who is at it, and what its last run did."""

    name: str = Field(max_length=100, primary_key=True, sa_column_kwargs=column_info(NOT_PERSONAL))
    due_at: datetime = Field(sa_type=UTCDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    result: dict[str, Any] = document_field(privacy=NOT_PERSONAL)
    error: str | None = text_field(default=None, max_length=100, privacy=NOT_PERSONAL)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one job in one round."""

    job: str
    seconds: float = 0.0
    result: Result | None = None
    error: str | None = None
    """What kind of error ended it."""
    is_elsewhere: bool = False
    """Whether another process is at it."""


class Housekeeping:
    """Runs the jobs of all features."""

    def __init__(self, services: BotServices) -> None:
        self._services = services
        self._database = services.get(DatabaseManager)
        self.jobs = _jobs(services.get(FeatureRegistry))

    async def run(self) -> None:
        """Run what is due, again and again, until cancelled."""
        if self._database.is_sqlite:
            # Nobody else uses the file, so what a killed process held need not wait for its lease to run out.
            await self._quietly(self._release)
        while True:
            await self._quietly(self.run_due)
            await asyncio.sleep(ROUND)

    async def run_due(self) -> list[Outcome]:
        """Run the jobs that are due and that nobody is at."""
        waiting = await self._waiting()
        outcomes = [await self._run(name, is_forced=False) for name in self.jobs if name not in waiting]
        return [outcome for outcome in outcomes if not outcome.is_elsewhere]

    async def run_now(self, names: Sequence[str] = ()) -> list[Outcome]:
        """Run these jobs, or all, whether due or not.

        Raises:
            NotFound: there is no job of such a name.
        """
        for name in names:
            if name not in self.jobs:
                raise NotFound(f"There is no job {name}.", hint=f"There are: {', '.join(self.jobs)}.")
        return [await self._run(name, is_forced=True) for name in names or self.jobs]

    async def _run(self, name: str, *, is_forced: bool) -> Outcome:
        until = await self._claim(name, is_forced=is_forced)
        if until is None:
            return Outcome(name, is_elsewhere=True)
        started = time.monotonic()
        with correlation():
            try:
                async with asyncio.timeout(TIME_LIMIT):
                    result = await self.jobs[name].run(self._services)
            except asyncio.CancelledError:
                await self._settle(name, until, due_at=utcnow())
                raise
            except Exception as error:
                log.exception("housekeeping_failed", job=name)
                report(self._services, error, ErrorReport(kind="job", where=name))
                outcome = Outcome(name, time.monotonic() - started, error=type(error).__name__)
            else:
                outcome = Outcome(name, time.monotonic() - started, result)
                log.info("housekeeping_done", job=name, **result)
        await self._finish(outcome, until)
        return outcome

    async def _waiting(self) -> set[str]:
        """Return the names of the jobs that need no look now; a look that only reads disturbs nobody."""
        now = utcnow()
        waiting = [
            (col(HousekeepingJob.name) == name) & ~(_is_free(now) & _is_due(now, job.every))
            for name, job in self.jobs.items()
        ]
        async with self._database.read_session(fresh=True) as session:
            return set((await session.execute(select(col(HousekeepingJob.name)).where(or_(*waiting)))).scalars())

    async def _claim(self, name: str, *, is_forced: bool) -> datetime | None:
        """Return until when the job is ours, or None if it is not due or another process is at it."""
        now = utcnow()
        until = now + LEASE
        is_free = _is_free(now)
        if not is_forced:
            is_free = is_free & _is_due(now, self.jobs[name].every)

        async def take(work: UnitOfWork) -> bool:
            row = insert_for(work.session, HousekeepingJob).values(name=name, due_at=now, lease_until=until, result={})
            taken = row.on_conflict_do_update(index_elements=["name"], set_={"lease_until": until}, where=is_free)
            return (await work.session.execute(taken.returning(col(HousekeepingJob.name)))).first() is not None

        return until if await self._database.run(take) else None

    async def _finish(self, outcome: Outcome, until: datetime) -> None:
        every = self.jobs[outcome.job].every
        pause = every if outcome.error is None else min(every, AFTER_A_FAILURE)
        now = utcnow()
        what = {"result": dict(outcome.result or {}), "error": outcome.error, "finished_at": now}
        await self._settle(outcome.job, until, due_at=now + pause, **what)

    async def _settle(self, name: str, until: datetime, **values: Any) -> None:
        settled = (
            update(HousekeepingJob)
            # The lease's end fences off a process that comes back after its lease ran out.
            .where(col(HousekeepingJob.name) == name, col(HousekeepingJob.lease_until) == until)
            .values(lease_until=None, **values)
        )
        async with self._database.transaction() as work:
            await work.session.execute(settled)

    async def _release(self) -> None:
        async with self._database.transaction() as work:
            await work.session.execute(update(HousekeepingJob).values(lease_until=None))

    async def _quietly(self, action: Callable[[], Awaitable[object]]) -> None:
        """Run one step of the loop, which nothing but a cancellation may end."""
        try:
            await action()
        except Exception:
            log.exception("housekeeping_interrupted")


def _is_free(now: datetime) -> ColumnElement[bool]:
    """Whether nobody is at the job. A lease from a clock that was far ahead holds nobody off."""
    until = col(HousekeepingJob.lease_until)
    return or_(until.is_(None), until < now, until > now + 2 * LEASE)


def _is_due(now: datetime, every: timedelta) -> ColumnElement[bool]:
    """Whether the job's time has come. A clock that was wrong for a moment must not stop it for years."""
    due_at = col(HousekeepingJob.due_at)
    return or_(due_at <= now, due_at > now + every + LEASE)


def _jobs(registry: FeatureRegistry) -> dict[str, Job]:
    """Return all declared jobs by `feature.function`; a file that cannot be imported leaves out its own."""
    found: dict[str, Job] = {}
    for feature in registry.features.values():
        try:
            module = load_file(feature, "jobs")
        except Exception:
            log.exception("jobs_not_loaded", feature=feature.name)
            continue
        if module is not None:
            declared = {name: value for name, value in vars(module).items() if isinstance(value, Job)}
            found |= {f"{feature.name}.{name}": value for name, value in declared.items()}
    return found
