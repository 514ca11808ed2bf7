"""Work that tests schedule, and workers that do it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from guildbase.database.manager import DatabaseManager
from guildbase.services.container import BotServices
from guildbase.services.due_work import DueItem, DueRun, DueWork
from guildbase.services.due_work.handlers import Handler, RunDue
from guildbase.services.due_work.worker import DueWorker

NOW = timedelta(0)


class Recorder:
    """A handler that notes what it is given, and fails or waits on request."""

    def __init__(self) -> None:
        self.runs: list[DueRun] = []
        self.error: BaseException | None = None
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self, run: DueRun) -> None:
        self.runs.append(run)
        self.began.set()
        await self.may_end.wait()
        if self.error is not None:
            raise self.error


def new_worker(
    services: BotServices,
    kinds: Mapping[str, RunDue] | None = None,
    *,
    every: timedelta | None = None,
    poll: float = 0.02,
    lease: timedelta = timedelta(seconds=30),
    **handlers: RunDue,
) -> DueWorker:
    """Return a worker of these kinds alone; with `every` they are jobs."""
    worker = DueWorker(services, poll=poll, lease=lease)
    worker.handlers = {kind: Handler(run, kind, every) for kind, run in {**(kinds or {}), **handlers}.items()}
    return worker


@asynccontextmanager
async def working(*workers: DueWorker) -> AsyncIterator[None]:
    """Let the workers work within the block."""
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def schedule(services: BotServices, kind: str = "test", *, after: timedelta = NOW, **options: object) -> int:
    """Have work of the kind done after some time."""
    async with services.get(DatabaseManager).transaction() as work:
        return await services.get(DueWork).schedule(work, kind, after=after, **options)  # type: ignore[arg-type]


async def stored(services: BotServices, work_id: int) -> DueItem:
    """Return the row of the work."""
    async with services.get(DatabaseManager).read_session(fresh=True) as session:
        item = await session.get(DueItem, work_id)
    assert item is not None
    return item


async def all_stored(services: BotServices, kind: str = "test") -> Sequence[DueItem]:
    """Return the rows of all work of the kind, by number."""
    listed = select(DueItem).where(col(DueItem.kind) == kind).order_by(col(DueItem.work_id))
    async with services.get(DatabaseManager).read_session(fresh=True) as session:
        return (await session.execute(listed)).scalars().all()
