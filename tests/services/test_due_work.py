"""Work is stored with what schedules it, replaced and cancelled with it, and looked after by the operator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import literal_column, select

from guildbase.core import clock
from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.database.connections.prebuilt import Prebuilt
from guildbase.database.manager import DatabaseManager
from guildbase.database.rows.validation import InvalidRow
from guildbase.platform.telemetry.controller import AuditController
from guildbase.services.container import BotServices
from guildbase.services.due_work import DueState, DueWork, NoLongerDue
from guildbase.services.due_work import claims as claims_module
from guildbase.services.due_work.claims import LEASE, MAX_ATTEMPTS, Claims
from guildbase.services.due_work.handlers import DueRun
from guildbase.services.due_work.settlement import Claim, done, failed
from guildbase.services.due_work.wakeups import SCHEDULED
from guildbase.services.pubsub import PubSub
from tests.factories import new_id
from tests.services.due_workers import NOW, all_stored, schedule, stored

HOUR = timedelta(hours=1)
KINDS = ["test"]


@pytest.fixture
def due(services: BotServices) -> DueWork:
    return services.get(DueWork)


@pytest.fixture
def database(services: BotServices) -> DatabaseManager:
    return services.get(DatabaseManager)


@pytest.fixture
def claims(database: DatabaseManager) -> Claims:
    return Claims(database, "one")


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    return lambda by: monkeypatch.setattr(clock, "ahead", clock.ahead + by)


async def claim_one(claims: Claims) -> Claim:
    [claim] = await claims.claim(KINDS, 1)
    return claim


async def test_work_is_stored_as_given(services: BotServices) -> None:
    guild_id, user_id = new_id(), new_id()
    payload = {"user": str(user_id), "n": [1, None]}
    number = await schedule(services, after=HOUR, payload=payload, guild_id=guild_id, user_id=user_id, unique_key="k")
    item = await stored(services, number)
    assert (item.kind, item.payload, item.guild_id, item.user_id) == ("test", payload, guild_id, user_id)
    assert (item.state, item.attempts, item.unique_key, item.worker) == (DueState.PENDING, 0, "k", None)
    assert timedelta(minutes=59) < item.due_at - utcnow() <= HOUR
    assert abs(item.created_at - utcnow()) < timedelta(minutes=1)


async def test_a_moment_may_be_given_instead_of_a_time(
    services: BotServices, database: DatabaseManager, due: DueWork
) -> None:
    moment = datetime(2031, 3, 30, 2, 30, tzinfo=UTC)  # An hour that summer time leaves out in many places.
    async with database.transaction() as work:
        number = await due.schedule(work, "test", due_at=moment)
    assert (await stored(services, number)).due_at == moment


@pytest.mark.parametrize("when", [{}, {"after": NOW, "due_at": datetime(2031, 1, 1, tzinfo=UTC)}])
async def test_neither_and_both_are_refused(
    database: DatabaseManager, due: DueWork, when: dict[str, timedelta | datetime]
) -> None:
    async with database.transaction() as work:
        with pytest.raises(ValueError, match="after what time or at what moment"):
            await due.schedule(work, "test", **when)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": ""},
        {"kind": "x" * 101},
        {"guild_id": -1},
        {"unique_key": "x" * 201},
        {"payload": {"text": "\0"}},
        {"user_id": 2**64},
    ],
)
async def test_wrong_values_are_refused_and_nothing_is_stored(services: BotServices, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRow):
        await schedule(services, **{"kind": "test"} | wrong)  # type: ignore[arg-type]
    assert await all_stored(services) == []


async def test_work_of_a_transaction_that_fails_was_never_scheduled(
    services: BotServices, database: DatabaseManager, due: DueWork
) -> None:
    heard: list[object] = []
    services.get(PubSub).subscribe(SCHEDULED, heard.append)
    with pytest.raises(KeyError):
        async with database.transaction() as work:
            await due.schedule(work, "test", after=NOW)
            raise KeyError
    assert (await all_stored(services), heard) == ([], [])


async def test_workers_are_woken_for_what_is_due_soon(services: BotServices) -> None:
    heard: list[object] = []
    services.get(PubSub).subscribe(SCHEDULED, heard.append)
    await schedule(services, after=HOUR)
    assert heard == []
    await schedule(services)
    assert len(heard) == 1


async def test_of_open_work_with_one_key_the_newest_counts(services: BotServices, claims: Claims) -> None:
    first = await schedule(services, payload={"n": 1}, unique_key="ban")
    await schedule(services, after=HOUR, payload={"n": 2}, unique_key="ban")
    await schedule(services, after=HOUR, payload={"n": 3}, unique_key="other")
    assert [item.payload["n"] for item in await all_stored(services)] == [2, 3]
    assert await claims.claim(KINDS, 9) == []
    assert (await stored(services, first)).version == 1


async def test_a_key_is_free_again_when_the_work_is_done(services: BotServices, claims: Claims) -> None:
    await schedule(services, unique_key="ban")
    assert await claims.settle(done(await claim_one(claims)))
    await schedule(services, unique_key="ban")
    assert [item.state for item in await all_stored(services)] == [DueState.DONE, DueState.PENDING]


async def test_cancelled_work_is_not_done(
    services: BotServices, database: DatabaseManager, due: DueWork, claims: Claims
) -> None:
    number = await schedule(services, unique_key="ban")
    async with database.transaction() as work:
        assert await due.cancel(work, "ban")
        assert not await due.cancel(work, "ban")
        assert not await due.cancel(work, "nothing")
    assert await claims.claim(KINDS, 1) == []
    item = await stored(services, number)
    assert item.state is DueState.CANCELLED
    assert item.finished_at is not None


@pytest.mark.parametrize("what", ["replace", "cancel"])
async def test_who_does_what_was_replaced_or_cancelled_meanwhile_stores_nothing(
    services: BotServices, database: DatabaseManager, due: DueWork, claims: Claims, what: str
) -> None:
    await schedule(services, unique_key="ban")
    run = DueRun(services, await claim_one(claims))
    if what == "replace":
        await schedule(services, after=HOUR, unique_key="ban")
    else:
        async with database.transaction() as work:
            await due.cancel(work, "ban")
    with pytest.raises(NoLongerDue):
        async with database.transaction() as work:
            await due.schedule(work, "consequence", after=NOW)
            await run.complete(work)
    assert not run.is_complete
    assert await all_stored(services, "consequence") == []
    assert not await claims.settle(done(run.claim))
    assert not await claims.renew(run.claim)


async def test_work_completes_with_what_it_did_or_not_at_all(
    services: BotServices, database: DatabaseManager, due: DueWork, claims: Claims
) -> None:
    number = await schedule(services)
    run = DueRun(services, await claim_one(claims))
    with pytest.raises(KeyError):
        async with database.transaction() as work:
            await due.schedule(work, "consequence", after=NOW)
            await run.complete(work)
            raise KeyError
    assert (await stored(services, number)).state is DueState.RUNNING
    async with database.transaction() as work:
        await due.schedule(work, "consequence", after=NOW)
        await run.complete(work)
    assert run.is_complete
    item = await stored(services, number)
    assert (item.state, item.worker, item.lease_until) == (DueState.DONE, None, None)
    assert len(await all_stored(services, "consequence")) == 1


async def test_what_is_due_first_is_taken_first_and_once(
    services: BotServices, database: DatabaseManager, claims: Claims
) -> None:
    late, early = await schedule(services, after=-HOUR), await schedule(services, after=-2 * HOUR)
    await schedule(services, after=HOUR)
    await schedule(services, "other")
    taken = await claims.claim(KINDS, 9)
    assert [claim.work_id for claim in taken] == [early, late]
    assert [claim.attempts for claim in taken] == [1, 1]
    assert 7200 <= taken[0].is_late_by < 7300
    assert await Claims(database, "two").claim(KINDS, 9) == []


async def test_work_is_marked_as_done_once_also_when_the_quick_way_is_refused(
    services: BotServices, claims: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    await schedule(services)
    claim = await claim_one(claims)
    with monkeypatch.context() as refusing:
        refusing.setattr(claims_module, "_DONE", Prebuilt(select(literal_column("1/0"))))
        assert await claims.done(claim)
    assert not await claims.done(claim)
    [item] = await all_stored(services)
    assert (item.state, item.worker, item.lease_until) == (DueState.DONE, None, None)
    assert item.finished_at is not None
    assert abs(item.finished_at - utcnow()) < timedelta(minutes=1)


async def test_a_look_tells_when_something_is_due(services: BotServices, claims: Claims) -> None:
    assert await claims.look(KINDS) == (None, False)
    await schedule(services, after=HOUR)
    look = await claims.look(KINDS)
    assert look.next_due is not None
    assert 3500 < look.next_due <= 3600
    assert await claims.look(["other"]) == (None, False)
    await schedule(services)
    look = await claims.look(KINDS)
    assert look.next_due is not None
    assert look.next_due <= 0


async def test_what_a_lost_worker_had_is_free_when_its_lease_runs_out(
    services: BotServices, database: DatabaseManager, claims: Claims, pass_time: Callable[[timedelta], None]
) -> None:
    await schedule(services)
    lost = await claim_one(claims)
    other = Claims(database, "two")
    pass_time(LEASE / 2)
    assert await claims.renew(lost)
    pass_time(LEASE / 2)
    assert not (await other.look(KINDS)).has_lost
    await other.take_back()
    assert await other.claim(KINDS, 1) == []
    pass_time(LEASE)
    assert (await other.look(KINDS)).has_lost
    await other.take_back()
    taken = await claim_one(other)
    assert (taken.work_id, taken.attempts) == (lost.work_id, 2)
    # The first one comes back after all.
    assert not await claims.settle(failed(lost, "late"))
    assert await other.settle(done(taken))


async def test_a_lease_of_a_clock_that_was_far_ahead_holds_nobody_off(
    services: BotServices, claims: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    await schedule(services)
    monkeypatch.setattr(clock, "ahead", timedelta(days=4000))
    await claim_one(claims)
    monkeypatch.setattr(clock, "ahead", timedelta(0))
    await claims.take_back()
    assert (await claim_one(claims)).attempts == 2


async def test_work_that_ends_every_process_is_given_up(
    services: BotServices, claims: Claims, pass_time: Callable[[timedelta], None]
) -> None:
    number = await schedule(services)
    for _ in range(MAX_ATTEMPTS):
        await claim_one(claims)
        pass_time(LEASE * 1.1)
        await claims.take_back()
    assert await claims.claim(KINDS, 1) == []
    item = await stored(services, number)
    assert (item.state, item.attempts) == (DueState.FAILED, MAX_ATTEMPTS)
    assert item.error is not None
    assert "ended before it was done" in item.error


async def test_a_release_gives_back_as_if_it_had_not_begun(
    services: BotServices, database: DatabaseManager, claims: Claims
) -> None:
    await schedule(services)
    await schedule(services)
    mine, others = await claim_one(claims), await claim_one(Claims(database, "two"))
    await claims.release()
    assert [item.attempts for item in await all_stored(services)] == [0, 1]
    assert not await claims.settle(done(mine))
    assert await claims.settle(done(others))
    assert len(await claims.claim(KINDS, 9)) == 1


async def test_regression_a_lone_process_counts_the_attempts_that_ended_its_predecessors(
    services: BotServices, database: DatabaseManager
) -> None:
    number = await schedule(services)
    for life in range(MAX_ATTEMPTS):
        alone = Claims(database, f"life-{life}")
        await alone.take_back(everything=True)
        assert (await claim_one(alone)).attempts == life + 1
    await Claims(database, "last").take_back(everything=True)
    assert (await stored(services, number)).state is DueState.FAILED


async def test_the_operator_sees_what_failed_and_has_it_tried_again(
    services: BotServices, due: DueWork, claims: Claims
) -> None:
    guild_id = new_id()
    number = await schedule(services, guild_id=guild_id)
    later = await schedule(services, "other", after=HOUR)
    await claims.settle(failed(await claim_one(claims), "Forbidden: token=abc"))
    [item] = await due.items(SYSTEM, state=DueState.FAILED)
    assert (item.work_id, item.attempts) == (number, 1)
    assert [item.work_id for item in await due.items(SYSTEM)] == [later, number]
    assert [item.work_id for item in await due.items(SYSTEM, kind="other")] == [later]
    await due.retry(SYSTEM, number)
    claim = await claim_one(claims)
    assert (claim.work_id, claim.attempts) == (number, 1)
    [entry] = await services.get(AuditController).entries(SYSTEM, guild_id)
    assert (entry.action, entry.details) == ("due_work.retry", {"kind": "test", "work_id": str(number)})


async def test_only_failed_work_is_tried_again(services: BotServices, due: DueWork, claims: Claims) -> None:
    number = await schedule(services, unique_key="ban")
    with pytest.raises(Conflict, match="is pending"):
        await due.retry(SYSTEM, number)
    with pytest.raises(NotFound):
        await due.retry(SYSTEM, number + 1)
    await claims.settle(failed(await claim_one(claims), "no"))
    await schedule(services, unique_key="ban")
    with pytest.raises(Conflict, match="took the place"):
        await due.retry(SYSTEM, number)


async def test_the_operator_cancels_what_is_open_or_failed(services: BotServices, due: DueWork, claims: Claims) -> None:
    number = await schedule(services)
    await claims.settle(failed(await claim_one(claims), "no"))
    await due.cancel_item(SYSTEM, number)
    assert (await stored(services, number)).state is DueState.CANCELLED
    with pytest.raises(Conflict, match="is cancelled"):
        await due.cancel_item(SYSTEM, number)
    await due.cancel_item(SYSTEM, await schedule(services))
    assert await claims.claim(KINDS, 9) == []


async def test_nobody_but_the_operator_sees_or_changes_it(services: BotServices, due: DueWork) -> None:
    number, admin = await schedule(services), Caller(new_id(), new_id(), level=7, is_guild_owner=True)
    for action in (due.items(admin), due.retry(admin, number), due.cancel_item(admin, number)):
        with pytest.raises(PermissionDenied):
            await action
    assert issubclass(NoLongerDue, Conflict)
    assert issubclass(InvalidRow, InvalidInput)
