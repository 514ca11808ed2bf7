"""Questions and answers: within one process in both forms, and between processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from guildbase.core.errors import Conflict, GuildbaseError, InvalidInput, NoReply, NotFound, RateLimited
from guildbase.core.ports import ErrorReport, ErrorSink
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.platform.guilds.controller import GuildNotFound
from guildbase.services.assembly import assemble
from guildbase.services.process import ProcessIdentity
from guildbase.services.pubsub import PubSub, Topic
from guildbase.services.pubsub import requests as requests_module
from guildbase.services.pubsub.redis import RedisPubSub
from guildbase.services.pubsub.remote_errors import Refusal
from guildbase.services.pubsub.requests import Asked, Question, Replied, Requests
from guildbase.testing.valkey import ValkeyProcess
from tests.waiting import until

SNOWFLAKE = 1128754567890123457


@dataclass(frozen=True)
class Double:
    number: int


@dataclass(frozen=True)
class Doubled:
    number: int
    by: str = ""


@dataclass(frozen=True)
class Otherwise:
    text: tuple[str, ...]


DOUBLE = Question("double", Double, Doubled)


class Errors(ErrorSink):
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.seen: list[tuple[BaseException, ErrorReport]] = []

    def report(self, error: BaseException, what: ErrorReport) -> str:
        self.seen.append((error, what))
        return "the-id"


class Process:
    """The messaging services of one process."""

    def __init__(self, backing: dict[str, Any]) -> None:
        self.services = assemble(Settings(database_url="sqlite+aiosqlite:///unused.db", **backing), FeatureRegistry())
        self.errors = Errors()
        self.services.add(ErrorSink, self.errors)
        self.pubsub, self.requests = self.services.get(PubSub), self.services.get(Requests)
        self.id = self.services.get(ProcessIdentity).id

    async def start(self) -> Process:
        if isinstance(self.pubsub, RedisPubSub):
            await self.pubsub.start()
        await until(lambda: self.pubsub.is_live)
        return self


@pytest.fixture
async def processes(backing: dict[str, Any]) -> AsyncIterator[tuple[Process, Process]]:
    """Who asks and who answers: two processes with Redis, and one and the same without."""
    here = await Process(backing).start()
    there = await Process(backing).start() if backing else here
    there.requests.answer(DOUBLE, double)
    yield here, there
    for process in {here, there}:
        await process.services.close()


async def double(asked: Double) -> Doubled:
    return Doubled(asked.number * 2, "there")


async def test_an_answer_comes_back_with_every_digit_of_an_id(processes: tuple[Process, Process]) -> None:
    here, there = processes
    assert await here.requests.ask(DOUBLE, Double(SNOWFLAKE), to=there.id) == Doubled(SNOWFLAKE * 2, "there")


async def test_many_who_ask_at_once_get_each_their_own_answer(processes: tuple[Process, Process]) -> None:
    here, there = processes
    answers = await asyncio.gather(
        *(here.requests.ask(DOUBLE, Double(number), to=there.id, timeout=20) for number in range(90))
    )
    assert [answer.number for answer in answers] == [number * 2 for number in range(90)]


async def test_of_several_who_are_asked_the_silent_one_says_nothing(processes: tuple[Process, Process]) -> None:
    here, there = processes
    silent = "stranger" if here is there else here.id  # Which has no handler.
    answers = await here.requests.ask_each(DOUBLE, {silent: Double(1), there.id: Double(2)})
    assert answers == {silent: None, there.id: Doubled(4, "there")}
    assert await here.requests.ask_each(DOUBLE, {}) == {}


async def test_who_gets_no_answer_in_time_hears_so_and_a_late_one_is_dropped(
    processes: tuple[Process, Process],
) -> None:
    here, there = processes
    go, done = asyncio.Event(), asyncio.Event()

    async def slow(asked: Double) -> Doubled:
        await go.wait()
        done.set()
        return await double(asked)

    there.requests.answer(DOUBLE, slow)
    with pytest.raises(NoReply, match="in time") as refused:
        await here.requests.ask(DOUBLE, Double(1), to=there.id, timeout=0.05)
    assert refused.value.hint
    go.set()
    await done.wait()
    assert (await here.requests.ask(DOUBLE, Double(2), to=there.id, timeout=20)).number == 4


async def test_who_gives_up_leaves_nothing_behind(processes: tuple[Process, Process]) -> None:
    here, there = processes
    there.requests.answer(DOUBLE, _never)
    task = asyncio.ensure_future(here.requests.ask(DOUBLE, Double(1), to=there.id))
    await until(lambda: bool(here.requests._waiting))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not here.requests._waiting


async def test_a_refusal_stays_what_it_was(processes: tuple[Process, Process]) -> None:
    here, there = processes

    async def refuse(asked: Double) -> Doubled:
        raise [
            GuildNotFound(SNOWFLAKE),
            RateLimited("Too often.", retry_after=2.5, hint="Wait."),
            InvalidInput("Wrong.", hint="Mend it."),
        ][asked.number]

    there.requests.answer(DOUBLE, refuse)
    with pytest.raises(GuildNotFound) as refused:
        await here.requests.ask(DOUBLE, Double(0), to=there.id)
    assert (refused.value.message, refused.value.hint) == (GuildNotFound(SNOWFLAKE).message, GuildNotFound(1).hint)
    with pytest.raises(RateLimited) as limited:
        await here.requests.ask(DOUBLE, Double(1), to=there.id)
    assert (limited.value.text, limited.value.retry_after) == ("Too often. Wait.", 2.5)
    with pytest.raises(InvalidInput, match="Wrong"):
        await here.requests.ask(DOUBLE, Double(2), to=there.id)
    assert there.errors.seen == []


def test_an_error_that_this_process_does_not_know_is_like_its_base() -> None:
    error = Refusal("case_of_a_feature_elsewhere", 404, "Gone.", "Look elsewhere.").error()
    assert isinstance(error, NotFound)
    assert (error.code, error.status, error.text) == ("case_of_a_feature_elsewhere", 404, "Gone. Look elsewhere.")
    assert Refusal.of(Refusal("odd", 418, "x").error()) == Refusal("odd", 418, "x")
    assert type(Refusal("conflict", 409, "x").error()) is Conflict


async def test_what_fails_unexpectedly_tells_an_id_and_nothing_of_its_inside(
    processes: tuple[Process, Process],
) -> None:
    here, there = processes

    async def fail(_asked: Double) -> Doubled:
        raise KeyError("secret")

    there.requests.answer(DOUBLE, fail)
    with pytest.raises(GuildbaseError) as failed:
        await here.requests.ask(DOUBLE, Double(1), to=there.id)
    assert failed.value.status == 500
    assert "the-id" in failed.value.text
    assert "secret" not in failed.value.text
    [(error, what)] = there.errors.seen
    assert (type(error), what.where) == (KeyError, "double")


async def test_an_answer_of_another_version_is_no_answer(processes: tuple[Process, Process]) -> None:
    here, there = processes
    there.requests.answer(Question("double", Double, Otherwise), _otherwise)
    with pytest.raises(NoReply, match="another way"):
        await here.requests.ask(DOUBLE, Double(1), to=there.id)


async def test_a_question_that_nobody_answers_is_refused_at_once(processes: tuple[Process, Process]) -> None:
    here, there = processes
    with pytest.raises(NoReply, match="does not answer this"):
        await here.requests.ask(Question("unknown", Double, Doubled), Double(1), to=there.id, timeout=30)


async def test_no_more_is_taken_on_than_can_be_worked_on(
    processes: tuple[Process, Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = processes
    monkeypatch.setattr(requests_module, "MAX_AT_ONCE", 3)
    there.requests.answer(DOUBLE, _never)
    asking = [asyncio.ensure_future(here.requests.ask(DOUBLE, Double(1), to=there.id)) for _ in range(3)]
    await until(lambda: len(there.requests._working) == 3)
    with pytest.raises(NoReply, match="does not answer this now"):
        await here.requests.ask(DOUBLE, Double(1), to=there.id, timeout=30)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


async def test_a_process_that_is_no_more_gives_no_reply(processes: tuple[Process, Process]) -> None:
    with pytest.raises(NoReply):
        await processes[0].requests.ask(DOUBLE, Double(1), to="nobody", timeout=0.05)


async def test_made_up_replies_and_questions_harm_nobody(processes: tuple[Process, Process]) -> None:
    here, there = processes
    there.pubsub.publish(Topic(f"replies:{here.id}", Replied), Replied("unknown", {"number": "1"}))
    there.pubsub.publish(Topic(f"asked:{there.id}", Asked), Asked("double", "1", "nobody", "nonsense"))
    assert (await here.requests.ask(DOUBLE, Double(3), to=there.id, timeout=20)).number == 6


async def test_regression_a_process_that_stops_takes_no_more_questions(processes: tuple[Process, Process]) -> None:
    here, there = processes
    there.requests.answer(DOUBLE, _never)
    await there.requests.close()
    with pytest.raises(NoReply):
        await here.requests.ask(DOUBLE, Double(1), to=there.id, timeout=0.2)
    assert not there.requests._working


async def test_while_redis_is_away_others_are_not_waited_for_and_oneself_answers(
    guildbase_valkey: ValkeyProcess,
) -> None:
    backing = {"redis_url": guildbase_valkey.url, "redis_namespace": "ours"}
    here, there = await Process(backing).start(), await Process(backing).start()
    for process in (here, there):
        process.requests.answer(DOUBLE, double)
    guildbase_valkey.kill()
    await until(lambda: not here.pubsub.is_live)
    began = time.perf_counter()
    for _ in range(100):
        with pytest.raises(NoReply, match="cannot be reached"):
            await here.requests.ask(DOUBLE, Double(1), to=there.id, timeout=30)
    assert time.perf_counter() - began < 5
    assert (await here.requests.ask(DOUBLE, Double(1), to=here.id)).number == 2
    guildbase_valkey.start()
    await until(lambda: here.pubsub.is_live and there.pubsub.is_live and here.services is not there.services)
    await until(lambda: _answers(here, there))
    for process in (here, there):
        await process.services.close()


async def _answers(here: Process, there: Process) -> bool:
    try:
        return (await here.requests.ask(DOUBLE, Double(1), to=there.id, timeout=1)).number == 2
    except NoReply:
        return False


async def _never(_asked: Double) -> Doubled:
    await asyncio.Event().wait()
    raise AssertionError


async def _otherwise(_asked: Double) -> Otherwise:
    return Otherwise(("x",))
