"""Rate limits: never one too many, by whichever counter, and nobody is shut out for ever."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update
from sqlmodel import col

from guildbase.core.errors import DatabaseUnavailable, InvalidInput, RateLimited
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.rate_limits import FREE, LLM, LOGIN, MONEY, Policy, RateLimits, Where, fingerprint
from guildbase.services.rate_limits.counted import RateCount
from guildbase.services.rate_limits.log import SlidingLog
from guildbase.services.rate_limits.shared import SCRIPT
from guildbase.services.redis import RedisConnection
from guildbase.testing.valkey import ValkeyProcess
from tests.waiting import until

log = logging.getLogger(__name__)

LIMIT = 10
PLACES = [Where.PROCESS, Where.SHARED, Where.DATABASE]
Moments = Callable[[Policy, str], Awaitable[list[int]]]


def policy(where: Where, *, window: float = 60, name: str = "test") -> Policy:
    return Policy(name, {FREE: LIMIT, "premium": 2 * LIMIT}, window, where)


async def admitted(limits: RateLimits, rule: Policy, subject: str, *, times: int, **options: Any) -> int:
    """Return how many of so many that come at once are let through."""

    async def one() -> bool:
        try:
            await limits.hit(rule, subject, **options)
        except RateLimited:
            return False
        return True

    return sum(await asyncio.gather(*(one() for _ in range(times))))


@pytest.fixture
def limits(services: BotServices) -> RateLimits:
    return services.get(RateLimits)


@pytest.fixture
async def several(settings: Settings, registry: FeatureRegistry) -> AsyncIterator[list[RateLimits]]:
    """The limits of two processes that share a database and, if there is one, a Redis."""
    processes = [assemble(settings, registry) for _ in range(2)]
    yield [services.get(RateLimits) for services in processes]
    for services in processes:
        await services.close()


@pytest.mark.parametrize("where", PLACES)
async def test_as_many_as_allowed_are_let_through_and_the_next_is_told_when(
    backing: dict[str, Any], limits: RateLimits, where: Where
) -> None:
    rule = policy(where)
    assert [await limits.hit(rule, "42") for _ in range(LIMIT)] == list(range(LIMIT - 1, -1, -1))
    assert await limits.remaining(rule, "42") == 0
    with pytest.raises(RateLimited) as refused:
        await limits.hit(rule, "42")
    assert 0 < refused.value.retry_after <= 60
    assert refused.value.text.startswith("Not so fast. Try again in ")
    assert limits.refused == {"test": 1}
    assert limits.limit(rule) == (LIMIT, 60)
    # Neither another subject nor another policy is touched.
    assert await limits.hit(rule, "43") == LIMIT - 1
    assert await limits.hit(policy(where, name="other"), "42") == LIMIT - 1


@pytest.mark.parametrize("where", PLACES)
async def test_a_tier_has_its_own_limit_and_an_unknown_one_that_of_free(
    backing: dict[str, Any], limits: RateLimits, where: Where
) -> None:
    assert await limits.hit(policy(where), "1", tier="premium") == 2 * LIMIT - 1
    assert await limits.remaining(policy(where), "2", tier="gold") == LIMIT


@pytest.mark.parametrize("where", PLACES)
async def test_regression_who_falls_back_to_a_lower_tier_has_none_left(limits: RateLimits, where: Where) -> None:
    rule = policy(where)
    assert await limits.hit(rule, "a", tier="premium", cost=LIMIT + 5) == LIMIT - 5
    assert await limits.remaining(rule, "a") == 0
    assert limits.refused == {}


@pytest.mark.parametrize("where", PLACES)
async def test_what_costs_more_counts_more_and_too_much_is_refused_whole(
    backing: dict[str, Any], limits: RateLimits, where: Where
) -> None:
    rule = policy(where)
    assert await limits.hit(rule, "42", cost=7) == 3
    with pytest.raises(RateLimited):
        await limits.hit(rule, "42", cost=4)
    assert await limits.hit(rule, "42", cost=3) == 0
    for impossible in (LIMIT + 1, -1):
        with pytest.raises(InvalidInput, match="more than is ever allowed"):
            await limits.hit(rule, "42", cost=impossible)


async def over_in_bursts(processes: list[RateLimits], rule: Policy, *, allowed: int) -> int:
    """Let 20 bursts of 50 come through these processes; return how many too many were let through."""
    over = 0
    for burst in range(20):
        share = 50 // len(processes)
        counts = await asyncio.gather(*(admitted(one, rule, f"b{burst}", times=share) for one in processes))
        assert sum(counts) >= allowed
        over += sum(counts) - allowed
    log.info("20 bursts of 50 on %s: %d over", rule.where, over)
    return over


async def test_bursts_of_50_never_get_one_too_many_of_one_process(several: list[RateLimits]) -> None:
    assert await over_in_bursts(several[:1], policy(Where.PROCESS), allowed=LIMIT) == 0
    # Where there is no Redis, each process has its own limit.
    assert await over_in_bursts(several[:1], policy(Where.SHARED), allowed=LIMIT) == 0


@pytest.fixture
async def with_redis(
    redis_settings: dict[str, Any], sqlite_url: str, registry: FeatureRegistry
) -> AsyncIterator[list[BotServices]]:
    """Two processes that share a Redis."""
    processes = [assemble(Settings(database_url=sqlite_url, **redis_settings), registry) for _ in range(2)]
    yield processes
    for services in processes:
        await services.close()


async def test_bursts_of_50_never_get_one_too_many_of_redis(with_redis: list[BotServices]) -> None:
    limits = [services.get(RateLimits) for services in with_redis]
    assert await over_in_bursts(limits, policy(Where.SHARED), allowed=LIMIT) == 0
    assert not any(one.errors for one in limits)


async def test_bursts_of_50_never_get_one_too_many_of_the_database(several: list[RateLimits]) -> None:
    assert await over_in_bursts(several, policy(Where.DATABASE), allowed=LIMIT) == 0


@pytest.mark.parametrize("seed", range(5))
def test_no_window_of_one_process_ever_holds_more_wherever_it_begins(seed: int) -> None:
    dice, now = random.Random(seed), [0.0]  # noqa: S311 - it is no secret.
    counter, let_through = SlidingLog(10, lambda: now[0]), list[float]()
    for _ in range(3000):
        # Often on the edge itself, where a window ends and the next begins.
        now[0] += dice.choice((0, 0, 0.25, 1, 2.5, 10))
        cost = dice.randint(1, 3)
        left = counter.count("42", LIMIT, cost)
        within = [moment for moment in let_through if moment > now[0] - 10]
        if left >= 0:
            let_through += [now[0]] * cost
            assert left == LIMIT - len(within) - cost >= 0
        else:
            assert len(within) + cost > LIMIT
            later = [moment for moment in within if moment > now[0] - left - 10]
            assert len(later) + cost <= LIMIT
    gaps = [later - earlier for earlier, later in zip(let_through, let_through[LIMIT:], strict=False)]
    assert min(gaps) >= 10


def test_who_waits_as_long_as_told_is_let_through() -> None:
    now = [0.0]
    counter = SlidingLog(10, lambda: now[0])
    for _ in range(LIMIT):
        assert counter.count("42", LIMIT, 1) >= 0
        now[0] += 0.5
    wait = -counter.count("42", LIMIT, 1)
    now[0] += wait - 1 / 1024
    assert counter.count("42", LIMIT, 1) < 0
    now[0] += 1 / 1024
    assert counter.count("42", LIMIT, 1) >= 0


def test_the_memory_of_one_process_holds_no_more_than_who_was_there_lately() -> None:
    now = [0.0]
    counter = SlidingLog(10, lambda: now[0])
    for subject in range(50_000):
        now[0] += 1 / 64
        counter.count(str(subject), LIMIT, 1)
        assert len(counter) <= 2 * 640 + 1
    now[0] += 21
    counter.count("42", LIMIT, 1)
    assert len(counter) == 1


async def moments_in_redis(services: BotServices, rule: Policy, subject: str) -> list[int]:
    redis = services.get(RedisConnection)
    stored: Any = await redis.client.get(redis.key("rate", rule.name, subject))
    text = (stored or b"").decode()
    return [int(text[start : start + 16]) for start in range(0, len(text), 16)]


async def moments_in_the_database(services: BotServices, rule: Policy, subject: str) -> list[int]:
    row = (col(RateCount.policy) == rule.name) & (col(RateCount.subject) == subject)
    async with services.get(DatabaseManager).read_session(fresh=True) as session:
        return list((await session.execute(select(col(RateCount.moments)).where(row))).scalar_one_or_none() or [])


async def largest_in_a_window(
    limits: list[RateLimits], rule: Policy, window: float, look: Callable[[], Awaitable[list[int]]]
) -> tuple[int, int]:
    """Let many knock for several windows; return how many were let through, and the most within one window."""
    seen = set[tuple[int, int]]()

    async def knock(one: RateLimits) -> None:
        for _ in range(12):
            await admitted(one, rule, "edge", times=3)
            # All of the last window are still there, so whoever looks after each knock misses none.
            for moment, same in itertools.groupby(await look()):
                seen.update((moment, number) for number, _ in enumerate(same))
            await asyncio.sleep(window / 5)

    await asyncio.gather(*(knock(one) for one in limits for _ in range(4)))
    moments = sorted(moment for moment, _ in seen)
    most = max(sum(start <= moment < start + window * 1_000_000 for moment in moments) for start in moments)
    return len(moments), most


async def test_no_window_of_redis_ever_holds_more_wherever_it_begins(with_redis: list[BotServices]) -> None:
    rule, limits = policy(Where.SHARED, window=0.1), [services.get(RateLimits) for services in with_redis]
    passed, most = await largest_in_a_window(limits, rule, 0.1, lambda: moments_in_redis(with_redis[0], rule, "edge"))
    log.info("%d let through by Redis, at most %d within a window of %d", passed, most, LIMIT)
    assert most <= LIMIT
    assert passed > LIMIT
    assert not any(one.errors for one in limits)


async def test_no_window_of_the_database_ever_holds_more_wherever_it_begins(
    services: BotServices, several: list[RateLimits]
) -> None:
    rule = policy(Where.DATABASE, window=0.5)
    passed, most = await largest_in_a_window(
        several, rule, 0.5, lambda: moments_in_the_database(services, rule, "edge")
    )
    log.info("%d let through by the database, at most %d within a window of %d", passed, most, LIMIT)
    assert most <= LIMIT
    assert passed > LIMIT


async def test_the_clock_of_the_process_decides_nothing(
    backing: dict[str, Any], limits: RateLimits, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [policy(where) for where in PLACES]
    for rule in rules:
        assert await admitted(limits, rule, "42", times=LIMIT) == LIMIT
    for jump in (86_400.0, -86_400.0):
        monkeypatch.setattr("time.time", lambda jump=jump: 1_800_000_000 + jump)
        for rule in rules:
            assert await admitted(limits, rule, "42", times=3) == 0


async def test_the_clock_of_the_database_ends_the_window(limits: RateLimits, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = policy(Where.DATABASE)
    assert await admitted(limits, rule, "42", times=LIMIT + 1) == LIMIT
    monkeypatch.setattr("guildbase.core.clock.ahead", timedelta(seconds=30))
    assert await admitted(limits, rule, "42", times=1) == 0
    monkeypatch.setattr("guildbase.core.clock.ahead", timedelta(seconds=60))
    assert await admitted(limits, rule, "42", times=LIMIT + 1) == LIMIT


async def test_a_database_clock_that_was_far_ahead_shuts_nobody_out(services: BotServices, limits: RateLimits) -> None:
    rule = policy(Where.DATABASE)
    await limits.hit(rule, "42")
    [now] = await moments_in_the_database(services, rule, "42")
    async with services.get(DatabaseManager).transaction() as work:
        await work.session.execute(update(RateCount).values(moments=[now + 3_600_000_000] * LIMIT))
    assert await limits.hit(rule, "42") == LIMIT - 1


@pytest.mark.parametrize("rule", [LOGIN, MONEY, LLM], ids=lambda rule: rule.name)
async def test_logins_money_and_models_are_counted_in_the_database(
    services: BotServices, limits: RateLimits, rule: Policy
) -> None:
    assert rule.where is Where.DATABASE
    limit, window = limits.limit(rule)
    assert await admitted(limits, rule, "u", times=limit + 3) == limit
    assert len(await moments_in_the_database(services, rule, "u")) == limit
    assert window <= 3600


async def test_a_count_goes_with_the_transaction_that_it_is_given(services: BotServices, limits: RateLimits) -> None:
    rule, database = policy(Where.DATABASE), services.get(DatabaseManager)

    async def pay(work: UnitOfWork, *, fails: bool) -> None:
        await limits.hit(rule, "42", work=work)
        if fails:
            raise KeyError

    with pytest.raises(KeyError):
        await database.run(lambda work: pay(work, fails=True))
    assert await limits.remaining(rule, "42") == LIMIT
    await database.run(lambda work: pay(work, fails=False))
    assert await limits.remaining(rule, "42") == LIMIT - 1


async def test_without_the_database_what_it_counts_is_refused(registry: FeatureRegistry) -> None:
    services = assemble(Settings(database_url="postgresql://u:p@127.0.0.1:9/x"), registry)
    with pytest.raises(DatabaseUnavailable):
        await services.get(RateLimits).hit(LOGIN, "42")
    await services.close()


@pytest.fixture
async def own_redis(
    guildbase_valkey: ValkeyProcess, sqlite_url: str, registry: FeatureRegistry
) -> AsyncIterator[BotServices]:
    """Services with a Redis that is this test's own."""
    services = assemble(Settings(database_url=sqlite_url, redis_url=SecretStr(guildbase_valkey.url)), registry)
    yield services
    await services.close()


async def test_no_key_in_redis_stays_for_ever_whenever_the_scripts_are_thrown_away(own_redis: BotServices) -> None:
    rule, redis, limits = policy(Where.SHARED), own_redis.get(RedisConnection), own_redis.get(RateLimits)
    for subject in range(50):
        if subject % 10 == 0:
            await redis.client.script_flush()
        await admitted(limits, rule, str(subject), times=subject % 13)
        await limits.remaining(rule, f"asked-{subject}")
    lives = [await redis.client.pttl(key) for key in await redis.client.keys("*")]
    log.info("%d keys, %d with TTL -1", len(lives), lives.count(-1))
    assert len(lives) == sum(subject % 13 > 0 for subject in range(50))
    assert all(0 < life <= 60_000 for life in lives)
    assert limits.errors == 0


async def test_the_script_and_the_server_may_be_ended_at_any_moment(
    own_redis: BotServices, guildbase_valkey: ValkeyProcess
) -> None:
    rule, redis, limits = policy(Where.SHARED), own_redis.get(RedisConnection), own_redis.get(RateLimits)
    refusals = 0
    for _ in range(3):
        knocking = [asyncio.create_task(admitted(limits, rule, str(subject), times=20)) for subject in range(20)]
        await asyncio.sleep(0)
        guildbase_valkey.kill()
        for done in await asyncio.gather(*knocking):
            # Those of Redis, then those of this process alone: limited all the time, and nobody failed.
            assert LIMIT <= done <= 2 * LIMIT
            refusals += 20 - done
        guildbase_valkey.start()
        await until(lambda: redis.is_available)
        assert -1 not in [await redis.client.pttl(key) for key in await redis.client.keys("*")]
        limits._counters.clear()
    assert limits.errors > 0


async def test_garbage_in_a_key_and_a_clock_that_was_ahead_shut_nobody_out(own_redis: BotServices) -> None:
    rule, redis, limits = policy(Where.SHARED), own_redis.get(RedisConnection), own_redis.get(RateLimits)
    ahead = b"9" * 16
    for number, garbage in enumerate((b"x" * 16, b"123", b"\xff\x00" * 8, ahead, ahead * LIMIT)):
        await redis.client.set(redis.key("rate", "test", str(number)), garbage)
        assert await limits.hit(rule, str(number)) == LIMIT - 1
    await redis.client.lpush(redis.key("rate", "test", "list"), "x")
    assert await limits.hit(rule, "list") == LIMIT - 1
    assert all([0 < await redis.client.pttl(key) <= 60_000 for key in await redis.client.keys("*")])


async def test_a_redis_that_hangs_is_full_or_is_emptied_fails_nobody(
    own_redis: BotServices, guildbase_valkey: ValkeyProcess
) -> None:
    rule, redis, limits = policy(Where.SHARED), own_redis.get(RedisConnection), own_redis.get(RateLimits)
    assert await admitted(limits, rule, "42", times=LIMIT + 5) == LIMIT
    await redis.client.flushall()
    assert await admitted(limits, rule, "42", times=LIMIT + 5) == LIMIT
    await redis.client.config_set("maxmemory", "1")
    await redis.client.config_set("maxmemory-policy", "noeviction")
    assert await admitted(limits, rule, "full", times=LIMIT + 5) == LIMIT
    assert limits.errors > 0
    await redis.client.config_set("maxmemory", "0")
    with guildbase_valkey.suspended():
        assert await admitted(limits, rule, "hangs", times=LIMIT + 5) == LIMIT
        # Money is counted in the database, so nothing has changed for it.
        assert await admitted(limits, MONEY, "42", times=40) == 30
    await until(lambda: redis.is_available)
    errors = limits.errors
    assert await admitted(limits, rule, "back", times=LIMIT + 5) == LIMIT
    assert limits.errors == errors


def test_what_makes_no_sense_is_told_at_the_first_use(sqlite_url: str) -> None:
    settings = Settings(database_url=sqlite_url)
    for window in (0.0, 8 * 86_400.0):
        with pytest.raises(ValueError, match="at most a week"):
            Policy("odd", {FREE: 1}, window, Where.DATABASE).seconds(settings)
    for numbers in ({"premium": 1}, {FREE: 0}):
        with pytest.raises(ValueError, match="at least 1"):
            Policy("odd", numbers, 60, Where.PROCESS).numbers(settings)


def test_a_fingerprint_is_short_and_does_not_show_what_it_stands_for() -> None:
    assert fingerprint("203.0.113.9") != fingerprint("203.0.113.8")
    assert len(fingerprint("x" * 10_000)) == 32


def test_the_script_writes_with_an_expiry_only() -> None:
    assert SCRIPT.count("redis.call('SET'") == 1
    assert "'PX'" in SCRIPT
