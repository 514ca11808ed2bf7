"""SQLite's writers wait for their turn, and never for ever."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from guildbase.database.connections.failures import DatabaseBusy
from guildbase.database.connections.write_queue import WriteQueue
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork


async def test_regression_who_comes_between_two_turns_waits_no_longer_than_others() -> None:
    queue, ended = WriteQueue(timeout=0.05), asyncio.Event()

    async def hold() -> None:
        async with queue.turn():
            await ended.wait()

    async with queue.turn():
        holding = asyncio.create_task(hold())
        await asyncio.sleep(0)  # It waits now.
    # The turn is over, and the next one has not yet begun.
    with pytest.raises(DatabaseBusy):
        async with asyncio.timeout(20), queue.turn():
            raise AssertionError("Two have their turn at once.")
    ended.set()
    await holding
    async with queue.turn():
        pass


@pytest.mark.databases("sqlite")
async def test_regression_whoever_is_cancelled_while_writing_leaves_the_file_to_the_others(
    database: DatabaseManager,
) -> None:
    another = DatabaseManager(database.url.render_as_string(hide_password=False))

    async def write(work: UnitOfWork) -> None:
        await work.session.execute(text("UPDATE guild SET joined_at = joined_at"))
        await work.session.execute(text("SELECT 1"))

    cancelled = []
    for number in range(200):
        # Kept, as loops keep theirs, and with each what its traceback refers to.
        cancelled.append(asyncio.create_task(database.run(write)))
        await asyncio.sleep(number % 20 * 0.0003)  # Another moment each time; one in thirty met the mistake.
        cancelled[-1].cancel()
        await asyncio.wait(cancelled[-1:])
        async with asyncio.timeout(30):
            await another.run(write)
    await another.close()
