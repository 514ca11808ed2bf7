"""The connection to Redis: quick to say that it is away, and to notice that it is back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from guildbase.core.errors import ConfigurationError
from guildbase.services.redis import RedisAway, RedisConnection
from guildbase.testing.postgresql import free_port
from guildbase.testing.valkey import ValkeyProcess
from tests.waiting import until


@pytest.fixture
async def redis(guildbase_valkey: ValkeyProcess) -> AsyncIterator[RedisConnection]:
    connection = RedisConnection(guildbase_valkey.url, "ours")
    yield connection
    await connection.close()


async def test_keys_are_kept_apart_by_the_namespace(redis: RedisConnection) -> None:
    assert redis.key("cache", "guild", 42) == "ours:cache:guild:42"


async def test_a_killed_server_is_told_at_once_and_its_return_is_noticed(
    redis: RedisConnection, guildbase_valkey: ValkeyProcess
) -> None:
    returns = list[str]()

    def fail() -> None:
        raise KeyError

    redis.on_return(fail)
    redis.on_return(lambda: returns.append("back"))
    await redis.ping()
    guildbase_valkey.kill()
    with pytest.raises(RedisAway):
        await redis.ping()
    began = time.perf_counter()
    for _ in range(1000):
        with pytest.raises(RedisAway):
            await redis.ping()
    # Nothing is sent any more, so the machine's load does not matter much.
    assert time.perf_counter() - began < 1
    assert (redis.is_available, redis.failures) == (False, 1)
    guildbase_valkey.start()
    await until(lambda: redis.is_available)
    await redis.ping()
    assert returns == ["back"]


async def test_callers_of_a_server_that_hangs_wait_once(
    redis: RedisConnection, guildbase_valkey: ValkeyProcess
) -> None:
    await redis.ping()
    with guildbase_valkey.suspended():
        results = await asyncio.gather(*(redis.ping() for _ in range(100)), return_exceptions=True)
        assert all(isinstance(result, RedisAway) for result in results)
        assert redis.failures == 1
    await until(lambda: redis.is_available)


async def test_a_connection_can_be_closed_while_the_server_is_away(
    redis: RedisConnection, guildbase_valkey: ValkeyProcess
) -> None:
    guildbase_valkey.kill()
    with pytest.raises(RedisAway):
        await redis.ping()
    await redis.close()


async def test_a_call_after_the_end_starts_no_search_for_the_server(
    redis: RedisConnection, guildbase_valkey: ValkeyProcess
) -> None:
    await redis.ping()
    await redis.close()
    guildbase_valkey.kill()
    with pytest.raises(RedisAway):
        await redis.ping()
    assert "redis-probe" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_a_wrong_address_says_so() -> None:
    with pytest.raises(ConfigurationError, match="GUILDBASE_REDIS_URL"):
        await RedisConnection("redis://127.0.0.1:port/0").ping()


@pytest.mark.parametrize("password", ["hush/hush", "hush#hush", "hush?hush", "hu[sh"])
async def test_regression_a_wrong_address_does_not_tell_the_password(password: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await RedisConnection(f"redis://:{password}@127.0.0.1:6379/0").ping()
    told = f"{caught.value.message} {caught.value.hint}"
    assert not any(part in told.replace("HOST", "") for part in ("hush", "hu[sh"))
    assert "rediss://" in told


async def test_regression_a_cancellation_that_the_library_loses_in_an_error_is_not_lost(redis: RedisConnection) -> None:
    async def lose_it(_client: object) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise OSError("The reply was one.") from None

    task = asyncio.create_task(redis.run(lose_it))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_regression_a_server_that_refuses_all_commands_is_degraded_and_no_error(redis: RedisConnection) -> None:
    client = redis.client
    await client.execute_command("ACL", "SETUSER", "default", "-ping")  # type: ignore[no-untyped-call]
    assert await redis.state() == "degraded"


async def test_regression_a_read_only_replica_counts_as_away_until_it_takes_writes(
    redis: RedisConnection, guildbase_valkey: ValkeyProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guildbase.services.redis.PROBE_PAUSE", 0.01)
    operator = redis.new_client()
    returns = list[str]()
    redis.on_return(lambda: returns.append("back"))

    async def refused() -> int:
        commands = await operator.info("commandstats")
        return sum(int(command["rejected_calls"]) for command in commands.values())

    await operator.replicaof("127.0.0.1", str(free_port()))
    with pytest.raises(RedisAway):
        await redis.run(lambda client: client.set("a", "b"))

    async def is_probed() -> bool:
        return bool(returns) or await refused() > 3

    # It answers, so whoever only asks for that would count it as back and away again, several times a second.
    await until(is_probed)
    assert (returns, redis.is_available) == ([], False)
    await operator.replicaof("NO", "ONE")
    await until(lambda: redis.is_available)
    assert (returns, redis.failures) == (["back"], 1)
    await operator.aclose()
