"""Workers may be killed, stopped and left behind at any moment: nothing is lost, and nothing is stored twice."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from guildbase.core.clock import utcnow
from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.ports import SYSTEM, AuditRecord
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.upsert import insert_rows
from guildbase.database.schema.migrate import upgrade
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.services.assembly import assemble
from guildbase.services.controller import BaseController
from guildbase.services.due_work import DueItem, DueRun, DueState
from guildbase.testing.postgresql import DURABLE, NoServer, PostgresProcess
from tests.services.due_workers import new_worker, working
from tests.waiting import until

log = logging.getLogger(__name__)
LIVES = 60  # on each database
PIECES = 900
STOPS = 10
# One process loads the program and forks a child for each life, because to start Python anew takes a second.
NURSERY = """
import asyncio, os, secrets, select, signal, sys, time
import aiosqlite, asyncpg
from datetime import timedelta
from sqlalchemy.orm import configure_mappers
from guildbase.core.ports import SYSTEM, AuditRecord
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble
from guildbase.services.controller import BaseController
from guildbase.services.due_work import claims
from guildbase.services.due_work.handlers import Handler, declared_handlers
from guildbase.services.due_work.worker import DueWorker

class Doer(BaseController):
    async def do(self, run):
        async def action(work):
            await self.audit(work, AuditRecord("test.done", target_type=run.payload["n"]))
            await run.complete(work)
        await self.run(SYSTEM, action)

async def live(mouth):
    services = assemble(Settings(database_url=url), registry)
    worker = DueWorker(services, poll=0.02, lease=timedelta(seconds=float(lease)))
    async def handle(run):
        await services.get(Doer).do(run)
        os.write(mouth, b".")
    worker.handlers = {"test": Handler(handle, "test")}
    await worker.run()

def child():
    ear, mouth = os.pipe()
    number = os.fork()
    if not number:
        asyncio.run(live(mouth))
    os.close(mouth)
    return number, ear

url, lives, lease = sys.argv[1], int(sys.argv[2]), sys.argv[3]
dice, registry = secrets.SystemRandom(), FeatureRegistry.discover()
configure_mappers()
declared_handlers(registry)
# It is the test that ends the processes so often, and no piece of work.
claims.MAX_ATTEMPTS = 1000
for port in registry.features.values():
    for target in port.provides.values():
        __import__(f"{port.package}.{target.partition(':')[0]}")
if lives:
    for life in range(lives):
        number, ear = child()
        # Every other life may end before its first deed.
        if life % 2:
            select.select([ear], [], [], 0.5)
        time.sleep(dice.random() * (0.03 if life % 2 else 0.2))
        os.kill(number, signal.SIGKILL)
        assert os.waitpid(number, 0)[1] == signal.SIGKILL
        os.close(ear)
else:
    # One that the test stops and lets go on, until standard input ends.
    number, ear = child()
    print(number, flush=True)
    sys.stdin.read()
    os.kill(number, signal.SIGKILL)
"""


def nursery(url: str, lives: int, lease: float) -> list[str]:
    return [sys.executable, "-c", NURSERY, url, str(lives), str(lease)]


async def end(nursery: asyncio.subprocess.Process) -> None:
    """End the worker that lives on, by the end of its parent's standard input."""
    await nursery.communicate(b"")


async def store(database: DatabaseManager, count: int) -> None:
    async with database.transaction() as work:
        await insert_rows(work.session, DueItem, [{"kind": "test", "payload": {"n": str(n)}} for n in range(count)])


async def left(database: DatabaseManager) -> int:
    async with database.read_session(fresh=True) as session:
        return (
            await session.execute(select(func.count()).select_from(DueItem).where(col(DueItem.state) != DueState.DONE))
        ).scalar_one()


async def effects(database: DatabaseManager) -> Counter[str]:
    async with database.read_session(fresh=True) as session:
        done = select(col(AuditEntry.target_type)).where(col(AuditEntry.action) == "test.done")
        return Counter((await session.execute(done)).scalars())


@pytest.mark.timeout(300)
async def test_work_of_killed_workers_is_neither_lost_nor_stored_twice(database_url: str) -> None:
    database = DatabaseManager(database_url)
    await store(database, PIECES)
    await asyncio.to_thread(subprocess.run, nursery(database_url, LIVES, 0.05), check=True)
    were_left = await left(database)
    # One that is not killed does the rest; SQLite's file is free now.
    survivor = await asyncio.create_subprocess_exec(*nursery(database_url, 0, 0.05), stdin=-1, stdout=-1)
    try:

        async def none_is_left() -> bool:
            return await left(database) == 0

        await until(none_is_left, timeout=120)
    finally:
        await end(survivor)
    stored = await effects(database)
    doubled = sum(count > 1 for count in stored.values())
    log.info("%d kills, %d left then, lost %d, doubled %d", LIVES, were_left, PIECES - len(stored), doubled)
    async with database.read_session() as session:
        states = Counter((await session.execute(select(col(DueItem.state)))).scalars())
        interrupted = await session.execute(select(func.max(col(DueItem.attempts))))
    log.info("one piece was begun %d times at most", interrupted.scalar_one())
    await database.close()
    assert (states, len(stored), doubled) == ({DueState.DONE: PIECES}, PIECES, 0)
    assert were_left < PIECES


@pytest.mark.timeout(300)
async def test_workers_that_stand_still_longer_than_their_leases_store_nothing_twice(postgresql_url: str) -> None:
    database, count = DatabaseManager(postgresql_url), 0
    command = nursery(postgresql_url, 0, 0.2)
    workers = [await asyncio.create_subprocess_exec(*command, stdin=-1, stdout=-1) for _ in range(2)]
    numbers = [int(await worker.stdout.readline()) for worker in workers if worker.stdout is not None]
    try:
        for stop in range(STOPS):
            await store(database, 150)
            count += 150
            await until(lambda: is_down_to(database, 100))
            os.kill(numbers[stop % 2], signal.SIGSTOP)
            # The other one does all, but for what the frozen one has locked.
            await until(lambda: is_all_done_or_locked(database), timeout=60)
            os.kill(numbers[stop % 2], signal.SIGCONT)
        await until(lambda: is_down_to(database, 0), timeout=60)
    finally:
        for number in numbers:
            os.kill(number, signal.SIGCONT)  # One that stands still would not end, and hide what went wrong.
        for worker in workers:
            await end(worker)
    stored = await effects(database)
    async with database.read_session() as session:
        again = select(func.count()).select_from(DueItem).where(col(DueItem.attempts) > 1)
        taken_over = (await session.execute(again)).scalar_one()
    await database.close()
    log.info("%d stops, %d taken over; of %d effects %d", STOPS, taken_over, count, sum(stored.values()))
    assert set(stored.values()) == {STOPS}  # Each number was stored once a stop.
    assert sum(stored.values()) == count


async def is_down_to(database: DatabaseManager, count: int) -> bool:
    try:
        return await left(database) <= count
    except DatabaseUnavailable:  # It was just killed, or the machine is too busy to connect in time.
        return False


async def is_all_done_or_locked(database: DatabaseManager) -> bool:
    async with database.transaction() as work:
        free = select(DueItem).where(col(DueItem.state) != DueState.DONE).with_for_update(skip_locked=True).limit(1)
        return (await work.session.execute(free)).first() is None


@pytest.fixture
def own_server() -> Iterator[PostgresProcess]:
    """A server that the test may kill."""
    try:
        server = PostgresProcess(DURABLE)
    except NoServer as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PostgreSQL must be tested in CI: {reason}", pytrace=False)
        pytest.skip(f"no PostgreSQL of our own: {reason}")
    yield server
    server.stop()


@pytest.mark.timeout(120)
async def test_a_database_that_is_killed_in_the_middle_loses_and_doubles_nothing(
    own_server: PostgresProcess, registry: FeatureRegistry
) -> None:
    await asyncio.to_thread(upgrade, own_server.url)
    services = assemble(Settings(database_url=own_server.url), registry)
    database, doer = services.get(DatabaseManager), BaseController(services)
    await store(database, 300)

    async def handler(run: DueRun) -> None:
        async def action(work: UnitOfWork) -> None:
            await doer.audit(work, AuditRecord("test.done", target_type=run.payload["n"]))
            await run.complete(work)

        await doer.run(SYSTEM, action)

    worker = new_worker(services, lease=timedelta(seconds=1), test=handler)
    async with working(worker):
        for goal in (220, 120):
            await until(lambda goal=goal: is_down_to(database, goal), timeout=30)  # type: ignore[misc]
            own_server.kill()
            await asyncio.to_thread(own_server.start)
            await until(lambda: answers(database), timeout=30)
        await until(lambda: is_down_to(database, 12), timeout=60)
        async with database.transaction() as work:
            # What failed with the server waits for its next attempt, which the test need not.
            await work.session.execute(update(DueItem.__table__).values(due_at=utcnow() - timedelta(seconds=5)))
        await until(lambda: is_down_to(database, 0), timeout=60)
    stored = await effects(database)
    await services.close()
    log.info("2 kills of the server, lost %d, doubled %d", 300 - len(stored), sum(stored.values()) - len(stored))
    assert (len(stored), set(stored.values())) == (300, {1})


async def answers(database: DatabaseManager) -> bool:
    try:
        await database.ping()
    except DatabaseUnavailable:
        return False
    return True
