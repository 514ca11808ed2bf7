"""What runs in a bot is known for as long as it runs, and not longer than that."""

from __future__ import annotations

import asyncio

from guildbase.bot.work import FEW, RunningWork


async def test_a_stop_waits_for_what_runs_and_cuts_off_the_rest() -> None:
    work, go_on = RunningWork(), asyncio.Event()
    waiting = asyncio.create_task(go_on.wait())
    endless = asyncio.create_task(asyncio.sleep(60))
    for task in (waiting, endless, None):
        work.add(task)
    go_on.set()
    await work.finish(within=0.05)
    assert waiting.done()
    assert not endless.done()
    await work.cancel()
    assert endless.cancelled()
    await work.finish(within=60)


async def test_what_is_done_is_forgotten_and_what_runs_is_not_however_much_there_is() -> None:
    work = RunningWork()
    running = [asyncio.create_task(asyncio.sleep(60)) for _ in range(FEW)]
    for task in running:
        work.add(task)
    for _ in range(20 * FEW):
        done = asyncio.get_running_loop().create_task(asyncio.sleep(0))
        work.add(done)
        await done
    assert len(work._tasks) <= 4 * FEW
    await work.cancel()
    assert all(task.cancelled() for task in running)


async def test_who_ends_the_bot_is_not_waited_for() -> None:
    work = RunningWork()
    work.add(asyncio.current_task())
    work.forget(asyncio.current_task())
    await work.finish(within=60)
    await work.cancel()
