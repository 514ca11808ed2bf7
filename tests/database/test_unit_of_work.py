"""The unit of work alone commits; what is kept for after the commit happens then or never."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from guildbase.core.events import Event
from guildbase.core.ports import Caller
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from tests.database.zoo import Keeper
from tests.factories import new_id


@dataclass(frozen=True, slots=True)
class KeeperCame(Event):
    keeper_id: int


class Stumble(Exception):
    pass


async def _count(zoo: DatabaseManager) -> int:
    async with zoo.read_session() as session:
        return await Keeper.count(session)


async def test_leaving_the_block_commits(zoo: DatabaseManager) -> None:
    async with zoo.transaction() as work:
        await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
        assert await _count(zoo) == 0
    assert await _count(zoo) == 1


async def test_nothing_else_commits(zoo: DatabaseManager) -> None:
    async with zoo.transaction() as work:
        await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
        with pytest.raises(RuntimeError, match="Only the unit of work commits"):
            await work.session.commit()
        await work.session.rollback()
    assert await _count(zoo) == 0


async def test_an_error_rolls_everything_back_and_reaches_the_caller(zoo: DatabaseManager) -> None:
    with pytest.raises(Stumble):
        async with zoo.transaction() as work:
            await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
            raise Stumble
    assert await _count(zoo) == 0


async def test_being_cancelled_rolls_everything_back(zoo: DatabaseManager) -> None:
    written = asyncio.Event()

    async def work_for_ever() -> None:
        async with zoo.transaction() as work:
            await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work_for_ever())
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await _count(zoo) == 0
    async with zoo.transaction() as work:
        await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
    assert await _count(zoo) == 1


async def test_actions_after_commit_run_in_order_once_the_rows_are_there(zoo: DatabaseManager) -> None:
    done: list[str] = []
    async with zoo.transaction() as work:
        work.after_commit(lambda: done.append("first"))
        work.after_commit(lambda: done.append("second"))
        await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
        assert done == []
    assert done == ["first", "second"]


async def test_nothing_happens_after_a_commit_that_did_not_come(zoo: DatabaseManager) -> None:
    done: list[object] = []

    async def note(event: KeeperCame) -> None:
        done.append(event)

    zoo.events.after_commit(KeeperCame, note)
    with pytest.raises(Stumble):
        async with zoo.transaction() as work:
            work.after_commit(lambda: done.append("action"))
            await work.announce(KeeperCame(1))
            raise Stumble
    assert done == []


async def test_regression_a_failed_action_after_commit_harms_nobody(zoo: DatabaseManager) -> None:
    done: list[str] = []

    def fail() -> None:
        raise Stumble

    async with zoo.transaction() as work:
        work.after_commit(fail)
        work.after_commit(lambda: done.append("second"))
        await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
    assert done == ["second"]
    assert await _count(zoo) == 1


async def test_a_handler_inside_writes_in_the_same_transaction(zoo: DatabaseManager) -> None:
    deputy = new_id()
    seen: list[Caller] = []

    async def add_deputy(_event: KeeperCame, work: UnitOfWork) -> None:
        seen.append(work.caller)
        await Keeper.create(work.session, keeper_id=deputy, name="Deputy")

    zoo.events.inside(KeeperCame, add_deputy)
    caller = Caller(user_id=new_id())
    with pytest.raises(Stumble):
        async with zoo.transaction(caller) as work:
            await work.announce(KeeperCame(1))
            raise Stumble
    assert await _count(zoo) == 0
    async with zoo.transaction(caller) as work:
        await work.announce(KeeperCame(1))
    assert await _count(zoo) == 1
    assert seen == [caller, caller]


async def test_a_handler_inside_that_fails_takes_the_announcer_with_it(zoo: DatabaseManager) -> None:
    async def fail(_event: KeeperCame, _work: UnitOfWork) -> None:
        raise Stumble

    zoo.events.inside(KeeperCame, fail)
    with pytest.raises(Stumble):
        async with zoo.transaction() as work:
            await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
            await work.announce(KeeperCame(1))
    assert await _count(zoo) == 0


async def test_a_handler_after_commit_sees_the_rows_and_may_fail(zoo: DatabaseManager) -> None:
    seen: list[int] = []

    async def fail(_event: KeeperCame) -> None:
        raise Stumble

    async def count(_event: KeeperCame) -> None:
        seen.append(await _count(zoo))

    zoo.events.after_commit(KeeperCame, fail)
    zoo.events.after_commit(KeeperCame, count)
    async with zoo.transaction() as work:
        await Keeper.create(work.session, keeper_id=new_id(), name="Kim")
        await work.announce(KeeperCame(1))
    assert seen == [1]
