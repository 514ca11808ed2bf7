"""What a process holds nobody else holds, and it knows when it can no longer be sure."""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from guildbase.bot import shard_watch
from guildbase.core import clock
from guildbase.core.errors import DatabaseUnavailable
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services import leases as module
from guildbase.services import shards
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.leases import HeldLease, Lease, LeaseLost, Leases
from guildbase.services.loops import BackgroundLoops
from tests.waiting import until

log = logging.getLogger(__name__)
GUIDE = Path(__file__).parents[2] / "docs/guides/processes.md"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_EVERY", 0.01)


@pytest.fixture
async def two(settings: Settings, registry: FeatureRegistry) -> AsyncIterator[tuple[BotServices, BotServices]]:
    """The services of two processes on one database."""
    async with AsyncExitStack() as stack:
        both = assemble(settings, registry), assemble(settings, registry)
        for services in both:
            stack.push_async_callback(services.close)
        yield both


@pytest.fixture
def ours(two: tuple[BotServices, BotServices]) -> Leases:
    return two[0].get(Leases)


@pytest.fixture
def theirs(two: tuple[BotServices, BotServices]) -> Leases:
    return two[1].get(Leases)


async def run_out(services: BotServices, name: str) -> None:
    """Let the lease's time be over, by the database's clock."""

    async def action(work: UnitOfWork) -> None:
        past = clock.utcnow() - timedelta(days=3)
        lease = (await work.session.execute(select(Lease).where(col(Lease.name) == name))).scalar_one()
        lease.expires_at = past

    await services.get(DatabaseManager).run(action)


async def got(leases: Leases, name: str = "thing") -> HeldLease:
    lease = await leases.acquire(name)
    assert lease is not None
    return lease


async def test_one_of_many_who_ask_at_once_gets_the_lease(ours: Leases, theirs: Leases) -> None:
    answers = await asyncio.gather(*(leases.acquire("thing") for leases in [ours, theirs] * 10))
    (winner,) = [lease for lease in answers if lease is not None]
    assert (winner.token, winner.is_sure) == (1, True)


async def test_a_lease_that_is_released_is_free_at_once_and_its_token_rises(ours: Leases, theirs: Leases) -> None:
    first = await got(ours)
    assert await theirs.acquire("thing") is None
    await ours.release(first)
    await ours.release(first)
    second = await got(theirs)
    assert (second.token, first.is_sure) == (2, False)
    assert not await ours.renew(first)


async def test_a_lease_that_ran_out_goes_to_the_next_and_its_old_holder_finds_out(
    two: tuple[BotServices, BotServices], ours: Leases, theirs: Leases
) -> None:
    lease, told = await got(ours), list[int]()
    ours.keep(lease, lambda: told.append(1))
    await run_out(two[0], "thing")
    assert await got(theirs)
    assert not await ours.renew(lease)
    assert not await ours.renew(lease)
    assert (lease.is_sure, lease.is_lost, told) == (False, True, [1])


async def test_a_lease_that_ran_out_unnoticed_is_renewed(
    two: tuple[BotServices, BotServices], ours: Leases, theirs: Leases
) -> None:
    lease = await got(ours)
    await run_out(two[0], "thing")
    assert await ours.renew(lease)
    assert await theirs.acquire("thing") is None


async def test_regression_a_lease_of_a_clock_that_was_far_ahead_holds_nobody_off(
    two: tuple[BotServices, BotServices], ours: Leases, theirs: Leases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as ahead:
        ahead.setattr(clock, "ahead", timedelta(days=1))
        lost = await got(ours)
    async with two[0].get(DatabaseManager).read_session(fresh=True) as session:
        assert [is_held for _, _, is_held in await ours.held(session, "thing")] == [False]
    assert (await got(theirs)).token == lost.token + 1
    assert not await ours.renew(lost)


async def test_what_a_former_holder_writes_is_refused(
    two: tuple[BotServices, BotServices], ours: Leases, theirs: Leases
) -> None:
    database = two[0].get(DatabaseManager)

    async def write(work: UnitOfWork) -> None:
        await ours.guard(work, lease)
        work.session.add(Lease(name="written", token=7, expires_at=clock.utcnow()))

    lease = await got(ours)
    await run_out(two[0], "thing")
    await got(theirs)
    with pytest.raises(LeaseLost, match="has lost thing"):
        await database.run(write)
    assert lease.is_lost
    async with database.read_session() as session:
        assert await session.get(Lease, "written") is None

    lease = await got(ours, "other")
    await database.run(write)
    async with database.read_session() as session:
        assert await session.get(Lease, "written")


async def test_nobody_takes_the_lease_while_its_holder_writes(
    two: tuple[BotServices, BotServices], ours: Leases, theirs: Leases
) -> None:
    lease = await got(ours)
    await run_out(two[0], "thing")
    async with two[0].get(DatabaseManager).transaction() as work:
        await ours.guard(work, lease)
        taking = asyncio.create_task(theirs.acquire("thing"))
        await asyncio.wait([taking], timeout=0.2)
        assert not taking.done()
    assert await taking is not None


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
async def test_a_process_whose_clock_is_a_day_off_neither_ends_nor_prolongs_a_lease(
    ours: Leases, theirs: Leases, monkeypatch: pytest.MonkeyPatch, jump: timedelta
) -> None:
    class Jumped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + jump

    real = time.time
    monkeypatch.setattr(clock, "datetime", Jumped)
    monkeypatch.setattr(time, "time", lambda: real() + jump.total_seconds())
    lease = await got(ours)
    assert await theirs.acquire("thing") is None
    assert await ours.renew(lease)
    monkeypatch.undo()
    monkeypatch.setattr(module, "LOOK_EVERY", 0.01)
    assert lease.is_sure
    assert await theirs.acquire("thing") is None
    # Past its time by the database's clock it is anybody's, whatever the holder's clock said.
    monkeypatch.setattr(clock, "ahead", timedelta(seconds=ours.ttl + 1))
    assert await theirs.acquire("thing") is not None


async def test_the_lease_of_a_minute_is_shorter_than_its_row_and_not_renewed_by_itself(
    postgresql_url: str, registry: FeatureRegistry
) -> None:
    services = assemble(Settings(database_url=postgresql_url), registry)
    lease = await services.get(Leases).acquire("thing", ttl=0.2)
    assert lease is not None
    await until(lambda: not lease.is_sure)
    other = assemble(Settings(database_url=postgresql_url), registry)
    assert (await other.get(Leases).wait("thing")).token == 2
    await other.close()
    await services.close()


async def test_a_kept_lease_lasts_and_the_end_of_the_process_gives_it_back(
    settings: Settings, registry: FeatureRegistry, theirs: Leases
) -> None:
    services = assemble(settings.model_copy(update={"lease_ttl": 0.6}), registry)
    leases = services.get(Leases)
    lease, lost = await got(leases), asyncio.Event()
    leases.keep(lease, lost.set)
    before = await ends_at(services, "thing")
    await until(lambda: _later(services, before))
    assert lease.is_sure
    assert await theirs.acquire("thing") is None
    await services.close()
    assert await theirs.acquire("thing") is not None
    assert not lost.is_set()


async def ends_at(services: BotServices, name: str) -> datetime:
    async with services.get(DatabaseManager).read_session() as session:
        return (await session.execute(select(col(Lease.expires_at)).where(col(Lease.name) == name))).scalar_one()


async def _later(services: BotServices, than: datetime) -> bool:
    return await ends_at(services, "thing") > than


async def test_the_keeper_notices_that_a_lease_is_lost(
    settings: Settings, registry: FeatureRegistry, theirs: Leases, two: tuple[BotServices, BotServices]
) -> None:
    services = assemble(settings.model_copy(update={"lease_ttl": 0.3}), registry)
    leases = services.get(Leases)
    lease, lost = await got(leases), asyncio.Event()
    leases.keep(lease, lost.set)
    async with two[1].get(DatabaseManager).transaction() as work:
        row = (
            await work.session.execute(select(Lease).where(col(Lease.name) == "thing").with_for_update())
        ).scalar_one()
        row.token, row.holder = row.token + 1, "somebody"
    await asyncio.wait_for(lost.wait(), 10)
    assert not lease.is_sure
    await services.close()


async def test_a_database_that_is_away_makes_a_holder_unsure_but_not_lost(
    postgresql_url: str, registry: FeatureRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = assemble(Settings(database_url=postgresql_url).model_copy(update={"lease_ttl": 0.3}), registry)
    leases, database = services.get(Leases), services.get(DatabaseManager)
    lease, lost = await got(leases), asyncio.Event()
    leases.keep(lease, lost.set)
    run = database.run

    async def away(*_: object) -> None:
        raise DatabaseUnavailable("The database is away.")

    monkeypatch.setattr(database, "run", away)
    await until(lambda: not lease.is_sure)
    await leases.close()
    assert not lost.is_set()
    lease.is_lost = False
    leases.keep(lease, lost.set)
    monkeypatch.setattr(database, "run", run)
    await until(lambda: lease.is_sure)
    await services.close()


async def test_on_sqlite_the_holder_is_always_sure_because_it_is_the_only_process(
    sqlite_url: str, registry: FeatureRegistry
) -> None:
    services = assemble(Settings(database_url=sqlite_url), registry)
    lease = await services.get(Leases).acquire("thing", ttl=0.001)
    assert lease is not None
    await asyncio.sleep(0)
    assert lease.is_sure
    await services.close()


async def test_a_lone_start_takes_over_at_once_what_its_predecessor_held(ours: Leases, theirs: Leases) -> None:
    for name in ("one", "two"):
        await got(ours, name)
    await theirs.release_all()
    assert [(await got(theirs, name)).token for name in ("one", "two")] == [2, 2]


async def test_a_loop_for_one_process_runs_in_one_and_moves_when_that_one_ends(
    two: tuple[BotServices, BotServices],
) -> None:
    at_it: list[int] = []

    def run(number: int) -> None:
        async def loop(_lease: HeldLease) -> None:
            at_it.append(number)
            await asyncio.Event().wait()

        services = two[number]
        services.get(BackgroundLoops).start("digest", lambda: services.get(Leases).run_alone("loop:digest", loop))

    run(0)
    await until(lambda: at_it == [0])
    run(1)
    await two[0].get(BackgroundLoops).stop("digest")
    await until(lambda: at_it == [0, 1])


async def test_a_loop_for_one_process_stops_when_its_lease_is_lost_and_waits_for_it_again(ours: Leases) -> None:
    leases = list[HeldLease]()

    async def loop(lease: HeldLease) -> None:
        leases.append(lease)
        await asyncio.Event().wait()

    running = asyncio.create_task(ours.run_alone("loop:digest", loop))
    await until(lambda: len(leases) == 1)
    await ours.release_all()
    leases[0].lose()
    await until(lambda: len(leases) == 2)
    assert (leases[0].is_lost, leases[1].token) == (True, 2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await ours.acquire("loop:digest") is not None


async def test_a_loop_for_one_process_that_ends_or_fails_gives_its_lease_back(ours: Leases, theirs: Leases) -> None:
    async def fail(_lease: HeldLease) -> None:
        raise KeyError("x")

    async def end(_lease: HeldLease) -> None:
        pass

    with pytest.raises(KeyError):
        await ours.run_alone("loop:digest", fail)
    await ours.run_alone("loop:digest", end)
    assert await theirs.acquire("loop:digest") is not None


async def test_the_guides_loop_writes_in_one_process_alone(two: tuple[BotServices, BotServices]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    written = list[str]()

    def digest(text: str) -> Lease:
        written.append(text)
        return Lease(name=f"digest {len(written)}", token=0, expires_at=clock.utcnow())

    guide: dict[str, Any] = {"Digest": digest, "__name__": __name__}
    exec(compile(block, "processes.md", "exec"), guide)  # noqa: S102 - the guide's code is what is tested.
    for services in two:
        guide["start_digest"](services)
    await until(lambda: written == ["A quiet hour."])
    holder = next(services for services in two if services.get(Leases)._kept)
    lease = holder.get(Leases)._kept["loop:digest"]
    await holder.get(Leases).release_all()
    with pytest.raises(LeaseLost):
        await holder.get(DatabaseManager).run(lambda work: guide["write_digest"](holder, work, lease))


def test_the_guide_tells_the_settings_with_their_defaults() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert f"`GUILDBASE_LEASE_TTL` ({Settings.model_fields['lease_ttl'].default} s)" in text
    assert Settings.model_fields["shards_per_process"].default is None
    assert "GUILDBASE_SHARDS_PER_PROCESS" in text
    assert (shard_watch.QUIET, shard_watch.ANSWER_WITHIN, shards.STALE_AFTER) == (120, 20, 7)


# One process loads the program and forks a child for each life, because to start Python anew takes a second.
NURSERY = """
import asyncio, os, signal, sys, time
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble
from guildbase.services.leases import Leases
from sqlalchemy.orm import configure_mappers

async def live(mouth):
    services = assemble(Settings(database_url=url, lease_ttl=1), registry)
    leases = services.get(Leases)
    lease = await leases.wait("thing")
    leases.keep(lease, lambda: os.write(mouth, b"lost\\n"))
    os.write(mouth, f"{lease.token} {lease.sure_until - 0.8} {time.monotonic()}\\n".encode())
    await asyncio.Event().wait()

url, registry = sys.argv[1], FeatureRegistry.discover()
configure_mappers()
for life in range(int(sys.argv[2])):
    ear, mouth = os.pipe()
    child = os.fork()
    if not child:
        asyncio.run(live(mouth))
    os.close(mouth)
    with os.fdopen(ear) as said:
        print(said.readline().strip(), flush=True)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""
LIVES = 4


async def test_what_killed_processes_held_is_taken_over_when_its_time_is_up(postgresql_url: str) -> None:
    command = [sys.executable, "-c", NURSERY, postgresql_url, str(LIVES)]
    done = await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.PIPE, text=True)
    lives = [tuple(map(float, line.split())) for line in done.stdout.splitlines()]
    assert [token for token, _, _ in lives] == [1, 2, 3, 4]
    waits = [got_at - asked_at for (_, asked_at, _), (_, _, got_at) in itertools.pairwise(lives)]
    log.info("a killed process's lease of 1 s was taken over after %s s", [round(wait, 2) for wait in waits])
    # Nobody got it before its time.
    assert min(waits) > 0.99
