"""Pub/sub: both forms, between parts of a process and between processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import structlog.testing

from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.loops import BackgroundLoops
from guildbase.services.process import ProcessIdentity
from guildbase.services.pubsub import BadMessage, PubSub, Topic
from guildbase.services.pubsub import redis as redis_form
from guildbase.services.pubsub import subscriber as subscriber_module
from guildbase.services.pubsub.redis import RedisPubSub
from guildbase.services.redis import RedisConnection
from guildbase.testing.valkey import ValkeyProcess
from tests.waiting import until

SNOWFLAKE = 1128754567890123457


@dataclass(frozen=True, slots=True)
class Happened:
    guild_id: int
    what: str = ""
    roles: tuple[int, ...] = ()


HAPPENED = Topic("happened", Happened)
OTHER = Topic("other", Happened)

Start = Callable[[], Awaitable[PubSub]]


@pytest.fixture
async def start(backing: dict[str, Any]) -> AsyncIterator[Start]:
    """Start the services of one more process; they are closed at the end."""
    started: list[BotServices] = []

    async def one() -> PubSub:
        services = assemble(Settings(database_url="sqlite+aiosqlite:///x.db", **backing), FeatureRegistry())
        started.append(services)
        pubsub = services.get(PubSub)
        if isinstance(pubsub, RedisPubSub):
            await pubsub.start()
        await until(lambda: pubsub.is_live)
        return pubsub

    yield one
    for services in reversed(started):
        await services.close()


async def test_every_handler_of_the_topic_hears_the_message_at_once(start: Start) -> None:
    pubsub, heard = await start(), list[tuple[str, Happened]]()
    pubsub.subscribe(HAPPENED, lambda message: heard.append(("first", message)))
    pubsub.subscribe(HAPPENED, lambda message: heard.append(("second", message)))
    pubsub.subscribe(OTHER, lambda message: heard.append(("other", message)))
    pubsub.publish(HAPPENED, Happened(1))
    assert heard == [("first", Happened(1)), ("second", Happened(1))]


async def test_a_subscription_ends_alone(start: Start) -> None:
    pubsub, heard = await start(), list[str]()
    end = pubsub.subscribe(HAPPENED, lambda _message: heard.append("first"))
    pubsub.subscribe(HAPPENED, lambda _message: heard.append("second"))
    end()
    end()
    pubsub.publish(HAPPENED, Happened(1))
    assert heard == ["second"]


async def test_a_handler_that_fails_harms_nobody(start: Start) -> None:
    pubsub, heard = await start(), list[str]()

    def fail(_message: object) -> None:
        raise KeyError("x")

    pubsub.subscribe(HAPPENED, fail)
    pubsub.subscribe(HAPPENED, lambda _message: heard.append("second"))
    pubsub.publish(HAPPENED, Happened(1))
    assert heard == ["second"]


async def test_a_handler_may_end_its_own_subscription(start: Start) -> None:
    pubsub, heard = await start(), list[str]()

    def once(_message: object) -> None:
        heard.append("once")
        end()

    end = pubsub.subscribe(HAPPENED, once)
    pubsub.subscribe(HAPPENED, lambda _message: heard.append("second"))
    pubsub.publish(HAPPENED, Happened(1))
    pubsub.publish(HAPPENED, Happened(1))
    assert heard == ["once", "second", "second"]


async def test_what_cannot_travel_is_refused_in_both_forms(start: Start) -> None:
    pubsub = await start()
    with pytest.raises(BadMessage, match="bytes are more than"):
        pubsub.publish(HAPPENED, Happened(1, "ü" * 300_000))
    with pytest.raises(BadMessage):
        pubsub.publish(HAPPENED, Happened(1, "\ud800"))


def test_regression_what_is_told_of_a_message_that_is_none_is_short() -> None:
    @dataclass(frozen=True, slots=True)
    class Named:
        names: dict[str, int]

    payload = b'{"message": {"names": {"%s": "x"}}}' % (b"k" * 400_000)
    with pytest.raises(BadMessage) as refused:
        Topic("named", Named).decode(payload, unless_from="x")
    assert len(str(refused.value)) < 300


async def test_a_listener_takes_messages_one_by_one_and_the_oldest_of_too_many_are_dropped(start: Start) -> None:
    pubsub = await start()
    async with pubsub.listen(HAPPENED, max_waiting=3) as messages:
        for number in range(10):
            pubsub.publish(HAPPENED, Happened(number))
        first = [await anext(messages) for _ in range(3)]
        waiting = asyncio.ensure_future(anext(messages))
        await asyncio.sleep(0)
        pubsub.publish(HAPPENED, Happened(10))
        assert await waiting == Happened(10)
    assert [message.guild_id for message in first] == [7, 8, 9]
    assert messages.dropped == 7
    pubsub.publish(HAPPENED, Happened(11))
    assert [message async for message in messages] == []


async def test_a_listener_that_leaves_ends_its_iteration(start: Start) -> None:
    pubsub = await start()
    async with pubsub.listen(HAPPENED) as messages:
        last = asyncio.ensure_future(anext(messages))
        await asyncio.sleep(0)
    with pytest.raises(StopAsyncIteration):
        await last


async def test_the_in_process_form_is_always_live() -> None:
    pubsub = PubSub(ProcessIdentity())
    assert (pubsub.is_live, pubsub.is_shared) == (True, False)


# Between processes: each RedisPubSub has its own identity, connection and queue, as if in a process of its own.


@dataclass
class Side:
    """What one process has."""

    pubsub: RedisPubSub
    redis: RedisConnection
    loops: BackgroundLoops
    heard: list[Happened]
    gaps: list[bool]


@pytest.fixture
async def sides(guildbase_valkey: ValkeyProcess) -> AsyncIterator[tuple[Side, Side]]:
    made = [await _side(guildbase_valkey.url) for _ in range(2)]
    yield made[0], made[1]
    for side in made:
        await side.pubsub.close()
        await side.redis.close()
        await side.loops.close()


async def _side(url: str) -> Side:
    redis, loops = RedisConnection(url, "ours"), BackgroundLoops(BotServices())
    side = Side(RedisPubSub(redis, loops, ProcessIdentity()), redis, loops, [], [])
    side.pubsub.subscribe(HAPPENED, side.heard.append)
    side.pubsub.on_gap(lambda: side.gaps.append(side.pubsub.is_live))
    await side.pubsub.start()
    await until(lambda: side.pubsub.is_live)
    return side


async def test_another_process_hears_every_message_once_and_in_order(sides: tuple[Side, Side]) -> None:
    here, there = sides
    sent = [Happened(SNOWFLAKE + number, "ü\u2028", (SNOWFLAKE,)) for number in range(500)]
    for message in sent:
        here.pubsub.publish(HAPPENED, message)
    assert here.heard == sent
    await until(lambda: len(there.heard) >= 500)
    there.pubsub.publish(HAPPENED, Happened(2))
    await until(lambda: len(here.heard) == 501)
    assert there.heard == [*sent, Happened(2)]
    assert here.pubsub.lost == 0


async def test_ids_travel_as_text(sides: tuple[Side, Side]) -> None:
    channel, payload = sides[0].pubsub.wire(HAPPENED, Happened(SNOWFLAKE, "x", (1, 2)))
    assert channel == "ours:topic:happened"
    assert f'"guild_id":"{SNOWFLAKE}"' in payload
    assert '"roles":["1","2"]' in payload


async def test_what_a_script_published_itself_is_heard_by_the_others_alone(sides: tuple[Side, Side]) -> None:
    here, there = sides
    channel, payload = here.pubsub.wire(HAPPENED, Happened(3))
    await here.redis.run(lambda client: client.publish(channel, payload))
    await until(lambda: there.heard == [Happened(3)])
    await _round_trip(there, here)
    assert here.heard == [Happened(99)]


@pytest.mark.parametrize(
    "garbage",
    [
        b"", b"\xff\x00", b"[]", b"{}", b"null", b"NaN", b'{"from":"x","message":{}}',
        b'{"from":"x","message":{"guild_id":"x"}}', b'{"from":"x","message":{"guild_id":"1","what":5}}',
        b'{"from":"x","message":{"guild_id":"1","what":"\\ud800"}}', b"[" * 60_000, b"x" * 530_000,
        b'{"from":"x","message":' + b'{"guild_id":' * 4_000 + b"}" * 4_001,
    ],
)  # fmt: skip
async def test_what_is_no_message_is_dropped_and_the_next_one_heard(sides: tuple[Side, Side], garbage: bytes) -> None:
    here, there = sides
    with structlog.testing.capture_logs() as logs:
        await here.redis.run(lambda client: client.publish("ours:topic:happened", garbage))
        await _round_trip(here, there)
        # Both processes hear the topic.
        await until(lambda: [entry["event"] for entry in logs].count("pubsub_message_dropped") == 2)
    assert there.heard == [Happened(99)]
    assert there.loops.broken == []


async def test_channels_are_followed_as_topics_come_and_go(sides: tuple[Side, Side]) -> None:
    here, there = sides
    heard = list[Happened]()
    end = there.pubsub.subscribe(OTHER, heard.append)
    # Until the server confirms, this process may miss a message, so its copies are not to be trusted.
    assert not there.pubsub.is_live
    await until(lambda: there.pubsub.is_live)
    assert there.gaps == [True, False, True]
    here.pubsub.publish(OTHER, Happened(4))
    await until(lambda: heard == [Happened(4)])
    end()
    await until(lambda: _has_subscribers(here, "ours:topic:other", 0))
    assert there.pubsub.is_live


async def test_a_listener_hears_what_other_processes_say_from_its_first_moment(sides: tuple[Side, Side]) -> None:
    here, there = sides
    for number in range(20):
        async with there.pubsub.listen(OTHER) as messages:
            here.pubsub.publish(OTHER, Happened(number))
            assert await asyncio.wait_for(anext(messages), 10) == Happened(number)
    # Who keeps copies is not troubled by a listener's coming and going.
    assert there.gaps == [True]


async def test_a_cut_socket_is_told_as_a_gap_and_mended(sides: tuple[Side, Side]) -> None:
    here, there = sides
    for _ in range(3):
        there.gaps.clear()
        await here.redis.run(lambda client: client.client_kill_filter(_type="pubsub"))
        await until(lambda: there.gaps == [False, True])
    await until(lambda: here.pubsub.is_live)
    await _round_trip(here, there)
    assert there.loops.loops["pubsub-subscriber"].restarts == 0


async def test_a_killed_server_costs_messages_and_nothing_else(
    sides: tuple[Side, Side], guildbase_valkey: ValkeyProcess
) -> None:
    here, there = sides
    guildbase_valkey.kill()
    await until(lambda: not there.pubsub.is_live and not here.pubsub.is_live)
    for number in range(redis_form.MAX_OUTGOING * 3):
        here.pubsub.publish(HAPPENED, Happened(number))
    await until(lambda: not here.redis.is_available)
    assert len(here.heard) == redis_form.MAX_OUTGOING * 3
    guildbase_valkey.start()
    await until(lambda: there.pubsub.is_live and here.pubsub.is_live)
    await _round_trip(here, there)
    # The newest messages waited; each of the others is counted, and none was heard twice.
    assert here.pubsub.lost >= redis_form.MAX_OUTGOING * 2
    assert len(there.heard) == len(set(there.heard))
    assert there.gaps == [True, False, True]


async def test_a_server_that_hangs_is_noticed_and_publishing_does_not_wait(
    sides: tuple[Side, Side], guildbase_valkey: ValkeyProcess
) -> None:
    here, there = sides
    with guildbase_valkey.suspended():
        await until(lambda: not there.pubsub.is_live)
        here.pubsub.publish(HAPPENED, Happened(1))
        assert here.heard == [Happened(1)]
    await until(lambda: there.pubsub.is_live)
    await until(lambda: here.redis.is_available)
    await _round_trip(here, there)


async def test_silence_alone_is_no_gap(sides: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = sides
    monkeypatch.setattr(subscriber_module, "SILENCE", 0.05)
    before = await _pings(here)
    await until(lambda: _has_pings(here, before + 5))
    assert (there.gaps, here.gaps) == ([True], [True])
    await _round_trip(here, there)


async def test_without_a_server_a_listener_begins_at_once(
    sides: tuple[Side, Side], guildbase_valkey: ValkeyProcess
) -> None:
    here, _ = sides
    guildbase_valkey.kill()
    await until(lambda: not here.pubsub.is_live)
    async with here.pubsub.listen(OTHER) as messages:
        here.pubsub.publish(OTHER, Happened(1))
        assert await anext(messages) == Happened(1)


async def test_a_gap_action_that_fails_does_not_keep_the_others(sides: tuple[Side, Side]) -> None:
    here, _ = sides
    told = list[str]()

    def fail() -> None:
        raise KeyError("x")

    here.pubsub.on_gap(fail)
    here.pubsub.on_gap(lambda: told.append("told"))
    here.pubsub.subscribe(OTHER, lambda _message: None)
    await until(lambda: told == ["told", "told"])


async def test_a_command_that_runs_once_is_heard_before_it_ends(
    sides: tuple[Side, Side], guildbase_valkey: ValkeyProcess
) -> None:
    _, there = sides
    redis, loops = RedisConnection(guildbase_valkey.url, "ours"), BackgroundLoops(BotServices())
    once = RedisPubSub(redis, loops, ProcessIdentity())
    once.publish(HAPPENED, Happened(5))
    await once.close()
    await redis.close()
    await loops.close()
    await until(lambda: there.heard == [Happened(5)])


async def test_a_process_ends_although_the_server_hangs(
    sides: tuple[Side, Side], guildbase_valkey: ValkeyProcess
) -> None:
    here, _ = sides
    with guildbase_valkey.suspended():
        here.pubsub.publish(HAPPENED, Happened(6))
        async with asyncio.timeout(10):
            await here.pubsub.close()


async def _round_trip(here: Side, there: Side) -> None:
    """Messages of one process arrive in order, so once this one is there all before it are, too."""
    here.pubsub.publish(HAPPENED, Happened(99))
    await until(lambda: Happened(99) in there.heard)


async def _pings(side: Side) -> int:
    stats = await side.redis.run(lambda client: client.info("commandstats"))
    return int(stats.get("cmdstat_ping", {}).get("calls", 0))


async def _has_pings(side: Side, number: int) -> bool:
    return await _pings(side) >= number


async def _has_subscribers(side: Side, channel: str, number: int) -> bool:
    found = await side.redis.run(lambda client: client.pubsub_numsub(channel))
    return bool(found[0][1] == number)
