"""SQLite's writers wait for their turn, and never for ever."""

from __future__ import annotations

import asyncio

import pytest

from guildbase.database.connections.failures import DatabaseBusy
from guildbase.database.connections.write_queue import WriteQueue


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
