"""The server restarts, is killed or hangs, and the process goes on by itself."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from contextlib import suppress

import pytest
from sqlalchemy import text

from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.connections import engines
from guildbase.database.connections.engines import ConnectionOptions
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.testing.postgresql import PostgresProcess
from tests.database.zoo import Keeper, opened
from tests.factories import new_id
from tests.waiting import until

log = logging.getLogger(__name__)

KILLS = 10
QUICK = ConnectionOptions(
    pool_size=2, pool_overflow=0, pool_timeout=0.5, connect_timeout=0.5, statement_timeout=0.5, lock_timeout=0.4
)


async def _count(zoo: DatabaseManager) -> int:
    async with zoo.read_session() as session:
        return await Keeper.count(session)


async def _add(work: UnitOfWork) -> int:
    return (await Keeper.create(work.session, keeper_id=new_id(), name="Kim")).keeper_id


async def _warm(zoo: DatabaseManager, connections: int) -> None:
    """Open so many connections at once."""
    all_open = asyncio.Barrier(connections)

    async def hold() -> None:
        async with zoo.read_session() as session:
            await session.execute(text("SELECT 1"))
            await all_open.wait()

    await asyncio.gather(*(hold() for _ in range(connections)))


async def test_a_restart_of_the_server_fails_nobody(own_server: PostgresProcess) -> None:
    async with opened(own_server.url, ConnectionOptions(pool_size=10, pool_timeout=30)) as zoo:
        await _warm(zoo, 10)
        await asyncio.to_thread(own_server.halt)
        await asyncio.to_thread(own_server.start)
        before = await _count(zoo)
        await _warm(zoo, 10)
        await asyncio.to_thread(own_server.halt)
        await asyncio.to_thread(own_server.start)
        await asyncio.gather(*(_count(zoo) for _ in range(20)), *(zoo.run(_add) for _ in range(20)))
        assert await _count(zoo) == before + 20


async def test_a_connection_that_died_in_its_sleep_is_replaced(
    own_server: PostgresProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "IDLE_BEFORE_PING", 0.0)
    async with opened(own_server.url, ConnectionOptions(pool_size=1)) as zoo:
        await _count(zoo)
        own_server.halt()
        own_server.start()
        # The loop has not turned, so the driver has not noticed; only asking the server tells.
        assert await _count(zoo) >= 0


async def test_ten_times_killed_under_writers_nothing_acknowledged_is_lost(own_server: PostgresProcess) -> None:
    dice = secrets.SystemRandom()
    acknowledged: list[int] = []
    refused = 0
    slowest = 0.0

    async def write_on(zoo: DatabaseManager) -> None:
        nonlocal refused
        while True:
            try:
                acknowledged.append(await zoo.run(_add))
            except DatabaseUnavailable:
                refused += 1
                await asyncio.sleep(0.01)

    async with opened(own_server.url) as zoo:
        async with zoo.statement() as connection:
            await connection.execute(text("TRUNCATE keeper CASCADE"))
        async with asyncio.TaskGroup() as group:
            writers = [group.create_task(write_on(zoo)) for _ in range(8)]
            for _ in range(KILLS):
                wanted = len(acknowledged) + dice.randrange(10, 100)
                await until(lambda wanted=wanted: len(acknowledged) >= wanted)  # type: ignore[misc]
                refused_before = refused
                own_server.kill()
                await until(lambda before=refused_before: refused > before)  # type: ignore[misc]
                await asyncio.to_thread(own_server.start)
                start, wanted = time.monotonic(), len(acknowledged)
                await until(lambda wanted=wanted: len(acknowledged) > wanted)  # type: ignore[misc]
                slowest = max(slowest, time.monotonic() - start)
            for writer in writers:
                writer.cancel()
        async with zoo.read_session() as session:
            stored = set((await session.execute(text("SELECT keeper_id FROM keeper"))).scalars())
    log.info("%d acknowledged, %d refused, back in %.2f s at most", len(acknowledged), refused, slowest)
    lost, unanswered = set(acknowledged) - stored, stored - set(acknowledged)
    assert not lost
    # The server may end between the commit and its answer, for each writer once a kill.
    assert len(unanswered) <= 8 * (KILLS + 1)


async def test_while_the_server_hangs_callers_are_refused_and_do_not_pile_up(own_server: PostgresProcess) -> None:
    longest = 0.0

    async def watch_the_loop() -> None:
        nonlocal longest
        while True:
            start = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - start - 0.01)

    async with opened(own_server.url, QUICK) as zoo:
        await _warm(zoo, 2)
        watcher = asyncio.create_task(watch_the_loop())
        with own_server.suspended():
            start = time.monotonic()
            async with asyncio.timeout(30):
                ended = await asyncio.gather(*(_count(zoo) for _ in range(40)), return_exceptions=True)
            took = time.monotonic() - start
            with pytest.raises(DatabaseUnavailable):
                await zoo.ping()
        watcher.cancel()
        with suppress(asyncio.CancelledError):
            await watcher
        assert [type(error) for error in ended] == [DatabaseUnavailable] * 40
        await until(lambda: _answers(zoo))
        assert (await zoo.health()).connections == 0
        # The loop stood still for none of these seconds.
        assert longest < took / 2


async def _answers(zoo: DatabaseManager) -> bool:
    try:
        await zoo.ping()
    except DatabaseUnavailable:
        return False
    return True
