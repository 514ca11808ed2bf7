"""Idempotency keys: Stripe's rules, in parallel, between owners and processes, and over every rollback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import structlog

from guildbase.core.errors import Conflict, InvalidInput
from guildbase.core.ports import Caller
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.platform.guilds.models import Guild
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.idempotency import (
    IdempotencyKey,
    IdempotencyKeyReused,
    RequestInFlight,
)
from tests.factories import new_id
from tests.waiting import until

log = structlog.get_logger(__name__)

ANNA, BEN = Caller(user_id=new_id(), name="Anna"), Caller(user_id=new_id(), name="Ben")


@dataclass(frozen=True)
class Founded:
    guild_id: int
    note: str


class Founder(BaseController):
    """Each time it really works, there is one more guild."""

    began = 0

    async def found(self, caller: Caller, key: IdempotencyKey | None, *, wait: asyncio.Event | None = None) -> Founded:
        async def work_once(work: UnitOfWork) -> Founded:
            self.began += 1
            if wait is not None:
                await wait.wait()
            guild = await Guild.create(work.session, guild_id=new_id())
            return Founded(guild.guild_id, "ü")

        return await self.once(caller, key, Founded, work_once)

    async def fail(self, caller: Caller, key: IdempotencyKey) -> Founded:
        async def refuse(work: UnitOfWork) -> Founded:
            await Guild.create(work.session, guild_id=new_id())
            raise InvalidInput("No.")

        return await self.once(caller, key, Founded, refuse)

    async def count(self) -> int:
        async with self.reading() as session:
            return await Guild.count(session)


def key(name: str = "k", request: bytes = b"a") -> IdempotencyKey:
    return IdempotencyKey.of(name, b"POST /x", request)


@pytest.fixture
def founder(services: BotServices) -> Founder:
    return services.get(Founder)


async def test_the_same_request_has_one_effect_and_one_answer(founder: Founder) -> None:
    first = await founder.found(ANNA, key())
    assert await founder.found(ANNA, key()) == first
    assert await founder.found(ANNA, key("other")) != first
    assert await founder.count() == 2


async def test_without_a_key_everything_is_done_every_time(founder: Founder) -> None:
    assert await founder.found(ANNA, None) != await founder.found(ANNA, None)


async def test_another_request_under_the_same_key_is_refused(founder: Founder) -> None:
    await founder.found(ANNA, key())
    with pytest.raises(IdempotencyKeyReused) as refused:
        await founder.found(ANNA, key(request=b"b"))
    assert refused.value.status == 422
    assert await founder.count() == 1


async def test_nobody_gets_the_answer_to_another_ones_request(founder: Founder) -> None:
    program, other = Caller(name="API key", is_system=True), Caller(name="Other", is_system=True)
    annas_keys = [Caller(user_id=ANNA.user_id, key_id=number) for number in (1, 2)]
    answers = [await founder.found(caller, key()) for caller in (ANNA, BEN, program, other, *annas_keys)]
    assert len(set(answers)) == 6


async def test_while_the_first_is_at_work_the_second_is_sent_away_at_once(founder: Founder) -> None:
    go = asyncio.Event()
    first = asyncio.ensure_future(founder.found(ANNA, key(), wait=go))
    await until(lambda: founder.began == 1)
    with pytest.raises(RequestInFlight) as refused:
        await founder.found(ANNA, key())
    assert refused.value.status == Conflict.status == 409
    go.set()
    assert await founder.found(ANNA, key("k2")) != await first
    assert await founder.found(ANNA, key()) == await first


async def test_what_failed_is_not_stored_and_may_be_tried_again(founder: Founder) -> None:
    with pytest.raises(InvalidInput, match=r"No\."):
        await founder.fail(ANNA, key())
    assert await founder.count() == 0
    assert await founder.found(ANNA, key()) == await founder.found(ANNA, key())
    assert await founder.count() == 1


async def test_a_caller_who_gives_up_leaves_the_key_free(founder: Founder) -> None:
    task = asyncio.ensure_future(founder.found(ANNA, key(), wait=asyncio.Event()))
    await until(lambda: founder.began == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await founder.found(ANNA, key())
    assert await founder.count() == 1


async def test_fifty_at_once_have_one_effect(founder: Founder) -> None:
    results = await asyncio.gather(*(founder.found(ANNA, key()) for _ in range(50)), return_exceptions=True)
    answers = {result for result in results if isinstance(result, Founded)}
    assert all(isinstance(result, Founded | RequestInFlight) for result in results)
    log.info("replayed", requests=50, effects=await founder.count(), different_answers=len(answers))
    assert (await founder.count(), len(answers)) == (1, 1)


@pytest.fixture
async def elsewhere(postgresql_url: str, registry: FeatureRegistry) -> AsyncIterator[list[Founder]]:
    """Five processes on one database, each with its own connections and its own view of what is in flight."""
    settings = Settings(database_url=postgresql_url, database_pool_timeout=30, database_lock_timeout=30)
    processes = [assemble(settings, registry) for _ in range(5)]
    yield [process.get(Founder) for process in processes]
    for process in processes:
        await process.close()


async def test_fifty_at_once_over_five_processes_have_one_effect(elsewhere: list[Founder]) -> None:
    # Ten keys in each process, so that the database alone tells them apart.
    keys = [key(f"k{number}") for number in range(10)]
    results = await asyncio.gather(
        *(founder.found(ANNA, one) for one in keys for founder in elsewhere), return_exceptions=True
    )
    assert all(isinstance(result, Founded | RequestInFlight) for result in results)
    effects = await elsewhere[0].count()
    log.info("replayed_over_processes", requests=50, keys=10, effects=effects)
    assert effects == 10


async def test_another_process_is_sent_away_while_the_first_is_at_work(elsewhere: list[Founder]) -> None:
    here, there, *_ = elsewhere
    go = asyncio.Event()
    first = asyncio.ensure_future(here.found(ANNA, key(), wait=go))
    await until(lambda: here.began == 1)
    with pytest.raises(RequestInFlight):
        await there.found(ANNA, key())
    go.set()
    assert await there.found(ANNA, key("k2")) != await first
    assert await there.found(ANNA, key()) == await first


@pytest.mark.parametrize("bad", ["", " ", "x" * 256, "ü", "a\nb", "\x00"])
def test_a_key_that_cannot_be_one_is_refused(bad: str) -> None:
    with pytest.raises(InvalidInput, match="idempotency key"):
        IdempotencyKey.of(bad)


def test_requests_that_differ_in_any_part_differ_in_their_fingerprint() -> None:
    requests = [(b"a", b"bc"), (b"ab", b"c"), (b"abc",), (b"abc", b""), (b"a", b"bd")]
    assert len({IdempotencyKey.of("k", *parts).fingerprint for parts in requests}) == len(requests)
