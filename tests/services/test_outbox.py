"""A promised effect is stored with what promises it, and one worker at a time has it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update
from sqlmodel import col

from guildbase.core import clock
from guildbase.core.clock import utcnow
from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.manager import DatabaseManager
from guildbase.services.container import BotServices
from guildbase.services.outbox import LEASE, ClaimedEffect, EffectState, Outbox, OutboxEffect, Priority, Shards, Wanted
from guildbase.services.outbox.claiming import GIVE_UP_AFTER
from guildbase.services.outbox.models import MAX_ERROR
from guildbase.services.outbox.outbox import LONGEST_RETRY
from tests.factories import new_id

EXPIRED = timedelta(seconds=-1)
AGO = timedelta(seconds=1)
"""The database's clock is exact to a millisecond; what is due by it must be older than that."""


@pytest.fixture
def outbox(services: BotServices) -> Outbox:
    return services.get(Outbox)


@pytest.fixture
def database(services: BotServices) -> DatabaseManager:
    return services.get(DatabaseManager)


async def _promise(outbox: Outbox, database: DatabaseManager, number: int = 1) -> list[int]:
    async with database.transaction() as work:
        return [await outbox.promise(work, "test.kind", {"n": n}, guild_id=None) for n in range(number)]


async def _stored(database: DatabaseManager, effect_id: int) -> OutboxEffect:
    async with database.read_session() as session:
        effect = await session.get(OutboxEffect, effect_id)
    assert effect is not None
    return effect


async def test_a_promise_is_stored_as_given(outbox: Outbox, database: DatabaseManager) -> None:
    guild_id = new_id()
    async with database.transaction() as work:
        effect_id = await outbox.promise(work, "test.kind", {"id": str(guild_id), "n": [1, None]}, guild_id=guild_id)
        assert await outbox.state(effect_id) is None
    effect = await _stored(database, effect_id)
    assert (effect.effect_id, effect.kind, effect.guild_id) == (effect_id, "test.kind", guild_id)
    assert effect.payload == {"id": str(guild_id), "n": [1, None]}
    assert await outbox.state(effect_id) is EffectState.PENDING
    assert (effect.attempts, effect.worker, effect.lease_until, effect.error) == (0, None, None, None)


async def test_a_promise_in_a_transaction_that_fails_was_never_made(outbox: Outbox, database: DatabaseManager) -> None:
    wake = asyncio.Event()
    outbox.wake_on_promise(wake)
    with pytest.raises(KeyError):
        async with database.transaction() as work:
            await outbox.promise(work, "test.kind", {}, guild_id=None)
            raise KeyError
    assert not wake.is_set()
    assert await outbox.claim("w") == []


async def test_workers_are_woken_after_the_commit(outbox: Outbox, database: DatabaseManager) -> None:
    wake = asyncio.Event()
    end = outbox.wake_on_promise(wake)
    async with database.transaction() as work:
        await outbox.promise(work, "test.kind", {}, guild_id=None)
        assert not wake.is_set()
    assert wake.is_set()
    wake.clear()
    end()
    await _promise(outbox, database)
    assert not wake.is_set()


async def test_a_claim_takes_the_oldest_in_order_and_no_more_than_asked(
    outbox: Outbox, database: DatabaseManager
) -> None:
    ids = await _promise(outbox, database, 5)
    async with database.transaction() as work:
        earlier = utcnow() - timedelta(hours=1)
        last = update(OutboxEffect).where(col(OutboxEffect.effect_id) == ids[4]).values(due_at=earlier)
        await work.session.execute(last)
    claimed = await outbox.claim("w", Wanted(limit=3))
    assert [effect.id for effect in claimed] == [ids[4], ids[0], ids[1]]
    assert {(effect.worker, effect.attempts) for effect in claimed} == {("w", 1)}
    assert await outbox.state(ids[0]) is EffectState.RUNNING
    assert [effect.id for effect in await outbox.claim("v", Wanted(limit=3))] == [ids[2], ids[3]]
    assert await outbox.claim("v") == []


async def test_eight_claimers_get_every_effect_exactly_once(outbox: Outbox, database: DatabaseManager) -> None:
    ids = await _promise(outbox, database, 120)
    taken: Counter[int] = Counter()

    async def worker(name: str) -> None:
        while len(taken) < len(ids):
            claimed = await outbox.claim(name, Wanted(limit=4))
            assert len(claimed) <= 4
            taken.update(effect.id for effect in claimed)
            assert all([await outbox.done(effect) for effect in claimed])

    await asyncio.wait_for(asyncio.gather(*(worker(f"w{n}") for n in range(8))), 60)
    assert taken == Counter(ids)
    async with database.read_session() as session:
        assert set((await session.execute(select(col(OutboxEffect.state)))).scalars()) == {EffectState.DONE}


async def test_an_effect_of_a_dead_worker_is_claimed_again_when_its_lease_is_over(
    outbox: Outbox, database: DatabaseManager
) -> None:
    [effect_id] = await _promise(outbox, database)
    await outbox.claim("alive", lease=timedelta(seconds=30))
    assert await outbox.claim("other") == []
    await outbox.release()
    await outbox.claim("dead", lease=EXPIRED)
    [again] = await outbox.claim("other")
    assert (again.id, again.worker, again.attempts) == (effect_id, "other", 3)


@pytest.mark.parametrize("settle", ["done", "failed", "retry"])
@pytest.mark.parametrize("same_name", [True, False])
async def test_a_worker_that_comes_back_after_its_lease_cannot_settle(
    outbox: Outbox, database: DatabaseManager, settle: str, same_name: bool
) -> None:
    await _promise(outbox, database)
    [late] = await outbox.claim("w", lease=EXPIRED)
    [current] = await outbox.claim("w" if same_name else "v")
    answers = {
        "done": lambda: outbox.done(late),
        "failed": lambda: outbox.failed(late, "late"),
        "retry": lambda: outbox.retry(late, "late"),
    }
    assert await answers[settle]() is False
    assert (await _stored(database, current.id)).state is EffectState.RUNNING
    assert await outbox.done(current) is True
    assert await outbox.done(current) is False


async def test_a_failed_attempt_is_tried_again_with_a_delay_that_doubles(
    outbox: Outbox, database: DatabaseManager
) -> None:
    [effect_id] = await _promise(outbox, database)
    delays = []
    for _ in range(3):
        [effect] = await outbox.claim("w")
        before = utcnow()
        assert await outbox.retry(effect, "Discord is down")
        assert await outbox.claim("w") == []
        waiting = await _stored(database, effect_id)
        assert (waiting.state, waiting.error, waiting.worker) == (EffectState.PENDING, "Discord is down", None)
        delays.append(round((waiting.due_at - before).total_seconds()))
        async with database.transaction() as work:
            await work.session.execute(update(OutboxEffect).values(due_at=utcnow() - AGO))
    assert delays == [2, 4, 8]


async def test_a_retry_may_name_its_delay(outbox: Outbox, database: DatabaseManager) -> None:
    await _promise(outbox, database)
    [effect] = await outbox.claim("w")
    assert await outbox.retry(effect, "not ready", after=timedelta())
    [again] = await outbox.claim("w")
    assert again.attempts == 2


async def test_a_promise_is_kept_for_a_day_however_often_it_fails(outbox: Outbox, database: DatabaseManager) -> None:
    await _promise(outbox, database)
    for _ in range(30):
        [effect] = await outbox.claim("w")
        assert not effect.is_last_attempt
        await outbox.retry(effect, "again", after=timedelta())
    [effect] = await outbox.claim("w")
    began = utcnow()
    assert await outbox.retry(effect, "Discord is away")
    async with database.transaction() as work:
        [waiting] = (await work.session.execute(select(OutboxEffect))).scalars()
        assert waiting.due_at - began < LONGEST_RETRY + timedelta(seconds=5)
        too_old = utcnow() - GIVE_UP_AFTER - timedelta(seconds=1)
        await work.session.execute(update(OutboxEffect).values(due_at=utcnow() - AGO, created_at=too_old))
    [effect] = await outbox.claim("w")
    assert effect.is_last_attempt


async def test_a_failure_for_good_keeps_its_reason_and_is_not_tried_again(
    outbox: Outbox, database: DatabaseManager
) -> None:
    [effect_id] = await _promise(outbox, database)
    [effect] = await outbox.claim("w")
    assert await outbox.failed(effect, "x" * (MAX_ERROR + 1))
    stored = await _stored(database, effect_id)
    assert stored.state is EffectState.FAILED
    assert stored.error == "x" * MAX_ERROR
    assert await outbox.claim("w") == []


async def test_regression_a_reason_that_no_database_takes_or_that_tells_a_secret_is_kept_without_it(
    outbox: Outbox, database: DatabaseManager
) -> None:
    [effect_id] = await _promise(outbox, database)
    [effect] = await outbox.claim("w")
    secret = "https://discord.com/api/webhooks/1128754567890123457/" + "s3cret" * 11
    assert await outbox.failed(effect, f"No \x00 answer \ud83d from {secret}")
    error = (await _stored(database, effect_id)).error or ""
    assert error.startswith("No  answer ? from ")
    assert "s3cret" not in error


async def test_release_gives_back_what_a_worker_holds_and_only_that(outbox: Outbox, database: DatabaseManager) -> None:
    await _promise(outbox, database, 3)
    [mine] = await outbox.claim("me", Wanted(limit=1))
    [yours] = await outbox.claim("you", Wanted(limit=1))
    assert await outbox.release("me") == 1
    assert [effect.id for effect in await outbox.claim("next", Wanted(limit=1))] == [mine.id]
    assert await outbox.done(yours)
    assert await outbox.release() == 1
    assert await outbox.release() == 0


@pytest.mark.parametrize("state", [EffectState.DONE, EffectState.FAILED])
async def test_the_outcome_can_be_waited_for(outbox: Outbox, database: DatabaseManager, state: EffectState) -> None:
    [effect_id] = await _promise(outbox, database)
    [effect] = await outbox.claim("w")
    waiting = [asyncio.create_task(outbox.outcome(effect_id, timeout=20)) for _ in range(2)]
    impatient = asyncio.create_task(outbox.outcome(effect_id, timeout=0.01))
    assert await impatient is None
    assert await (outbox.done(effect) if state is EffectState.DONE else outbox.failed(effect, "no"))
    assert await asyncio.gather(*waiting) == [state, state]
    assert await outbox.outcome(effect_id, timeout=0.01) is state


async def test_a_retry_is_no_outcome(outbox: Outbox, database: DatabaseManager) -> None:
    [effect_id] = await _promise(outbox, database)
    waiting = asyncio.create_task(outbox.outcome(effect_id, timeout=20))
    for _ in range(2):
        [effect] = await outbox.claim("w")
        await outbox.retry(effect, "again", after=timedelta())
        assert not waiting.done()
    [effect] = await outbox.claim("w")
    await outbox.done(effect)
    assert await waiting is EffectState.DONE


async def test_who_stops_waiting_at_the_last_moment_does_not_disturb(outbox: Outbox, database: DatabaseManager) -> None:
    [effect_id] = await _promise(outbox, database)
    [effect] = await outbox.claim("w")
    # Between giving up and being taken off the list there is a moment in which the effect may be settled.
    gone: asyncio.Future[EffectState] = asyncio.get_running_loop().create_future()
    gone.cancel()
    outbox._waiters[effect_id] = [gone]
    waiting = asyncio.create_task(outbox.outcome(effect_id, timeout=20))
    assert await outbox.done(effect)
    assert await waiting is EffectState.DONE


async def test_there_is_no_outcome_of_what_was_not_promised(outbox: Outbox) -> None:
    assert await outbox.state(12345) is None
    assert await outbox.outcome(12345, timeout=0.01) is None


async def _promise_one(
    outbox: Outbox, database: DatabaseManager, priority: Priority, guild_id: int | None = None
) -> int:
    async with database.transaction() as work:
        return await outbox.promise(work, "test.kind", {}, guild_id=guild_id, priority=priority)


async def _ids(claiming: Awaitable[list[ClaimedEffect]]) -> list[int]:
    return [effect.id for effect in await claiming]


async def test_moderation_goes_first_and_bulk_last(outbox: Outbox, database: DatabaseManager) -> None:
    order = (Priority.BULK, Priority.NORMAL, Priority.MODERATION, Priority.BULK, Priority.MODERATION)
    ids = [await _promise_one(outbox, database, priority) for priority in order]
    assert await _ids(outbox.claim("w", Wanted(limit=3))) == [ids[2], ids[4], ids[1]]
    assert await _ids(outbox.claim("w")) == [ids[0], ids[3]]


async def test_the_oldest_can_be_asked_for_so_that_nothing_waits_for_ever(
    outbox: Outbox, database: DatabaseManager
) -> None:
    order = (Priority.BULK, Priority.NORMAL, Priority.MODERATION)
    ids = [await _promise_one(outbox, database, priority) for priority in order]
    assert await _ids(outbox.claim("w", Wanted(limit=2, oldest_first=True))) == ids[:2]


async def test_moderation_can_be_asked_for_alone(outbox: Outbox, database: DatabaseManager) -> None:
    await _promise_one(outbox, database, Priority.NORMAL)
    assert await outbox.claim("w", Wanted(last=Priority.MODERATION)) == []
    urgent = await _promise_one(outbox, database, Priority.MODERATION)
    assert await outbox.claim("w", Wanted(first=Priority.BULK)) == []
    assert await _ids(outbox.claim("w", Wanted(last=Priority.MODERATION))) == [urgent]


async def test_of_a_busy_guild_only_moderation_is_taken(outbox: Outbox, database: DatabaseManager) -> None:
    busy, other = new_id(), new_id()
    await _promise_one(outbox, database, Priority.NORMAL, busy)
    urgent = await _promise_one(outbox, database, Priority.MODERATION, busy)
    elsewhere = [await _promise_one(outbox, database, Priority.NORMAL, guild_id) for guild_id in (other, None)]
    assert await _ids(outbox.claim("w", Wanted(busy_guilds={busy}))) == [urgent, *elsewhere]


async def test_only_effects_of_guilds_of_the_own_shards_are_taken(outbox: Outbox, database: DatabaseManager) -> None:
    here, there = ((5 << 22) + 1, (6 << 22) + 1)
    of_none, of_here, of_there = [
        await _promise_one(outbox, database, Priority.NORMAL, it) for it in (None, here, there)
    ]
    assert await _ids(outbox.claim("w", Wanted(shards=Shards(frozenset(), 4)))) == [of_none]
    assert await _ids(outbox.claim("w", Wanted(shards=Shards(frozenset({0, 1}), 4)))) == [of_here]
    assert await outbox.claim("w", Wanted(shards=Shards(frozenset({3}), 4))) == []
    assert await _ids(outbox.claim("w", Wanted(shards=Shards(frozenset({2}), 4)))) == [of_there]


async def test_the_databases_clock_decides_what_is_due_and_whose_lease_is_over(
    outbox: Outbox, database: DatabaseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    [effect_id] = await _promise(outbox, database)
    with monkeypatch.context() as wrong:
        # A process whose clock is a day behind or ahead; the database is not asked to follow.
        for days in (-1, 1):
            jumped = utcnow() + timedelta(days=days)
            wrong.setattr("guildbase.core.clock.utcnow", lambda moment=jumped: moment)
            [effect] = await outbox.claim("w")
            assert not effect.is_last_attempt
            assert await outbox.claim("v") == []
            await outbox.retry(effect, "again", after=timedelta())
    monkeypatch.setattr(clock, "ahead", timedelta(days=2))
    [effect] = await outbox.claim("w")
    assert (effect.id, effect.is_last_attempt) == (effect_id, True)
    monkeypatch.setattr(clock, "ahead", timedelta(days=2) + LEASE + AGO)
    assert await _ids(outbox.claim("v")) == [effect_id]


async def test_marks_that_come_up_together_share_a_statement_and_each_is_fenced_off_by_itself(
    outbox: Outbox, database: DatabaseManager
) -> None:
    await _promise(outbox, database, 250)
    [late] = await outbox.claim("dead", Wanted(limit=1), lease=EXPIRED)
    held = await outbox.claim("w", Wanted(limit=250))
    assert len(held) == 250
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    marked = await asyncio.gather(outbox.done(late), *(outbox.done(effect) for effect in held))
    assert marked == [False] + [True] * 250
    assert len([statement for statement in statements if statement.startswith("UPDATE")]) == 3


async def test_marks_that_cannot_be_written_say_so_and_the_next_ones_can(
    outbox: Outbox, database: DatabaseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _promise(outbox, database, 3)
    held = await outbox.claim("w")

    async def fail(*_: object) -> None:
        raise DatabaseUnavailable("The database is away.")

    with monkeypatch.context() as away:
        away.setattr(database, "run", fail)
        impatient = asyncio.create_task(outbox.done(held[0]))
        patient = asyncio.create_task(outbox.done(held[1]))
        await asyncio.sleep(0)
        impatient.cancel()
        with pytest.raises(DatabaseUnavailable):
            await patient
    assert await asyncio.gather(*map(outbox.done, held)) == [True] * 3


async def test_who_gave_up_on_a_mark_does_not_disturb_the_others(outbox: Outbox, database: DatabaseManager) -> None:
    await _promise(outbox, database, 2)
    held = await outbox.claim("w")
    impatient, patient = (asyncio.create_task(outbox.done(effect)) for effect in held)
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient
    assert await outbox.state(held[0].id) is EffectState.DONE


async def test_a_worker_that_lives_keeps_what_it_holds(outbox: Outbox, database: DatabaseManager) -> None:
    ids = await _promise(outbox, database, 2)
    await outbox.claim("alive", Wanted(limit=1))
    await outbox.claim("late", Wanted(limit=1), lease=EXPIRED)
    assert await outbox.renew("late", ids, lease=LEASE) == 1
    assert await outbox.claim("next") == []
    assert await outbox.renew("late", ids, lease=EXPIRED) == 1
    assert await _ids(outbox.claim("next")) == [ids[1]]
    assert await outbox.renew("late", ids, lease=LEASE) == 0


async def test_regression_a_lease_of_a_clock_that_was_far_ahead_holds_nobody_off(
    outbox: Outbox, database: DatabaseManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await _promise(outbox, database, 1)
    with monkeypatch.context() as ahead:
        ahead.setattr(clock, "ahead", timedelta(days=1))
        assert await _ids(outbox.claim("dead")) == ids
    assert await _ids(outbox.claim("next")) == ids


async def test_regression_a_worker_keeps_only_what_it_still_runs(outbox: Outbox, database: DatabaseManager) -> None:
    ids = await _promise(outbox, database, 2)
    await outbox.claim("busy", lease=EXPIRED)
    # How the second one ended could not be stored, so another attempt must find it.
    assert await outbox.renew("busy", ids[:1], lease=LEASE) == 1
    assert await _ids(outbox.claim("next")) == [ids[1]]
