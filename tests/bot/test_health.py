"""The bot's private server says whether it lives, whether it can do its work, and how it fares."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from guildbase.bot.health import STALL, HealthServer
from guildbase.bot.loop_lag import LoopLag
from guildbase.core.errors import ConfigurationError, DatabaseUnavailable
from guildbase.core.registry import FeatureRegistry
from guildbase.core.settings import Settings
from guildbase.database.manager import DatabaseManager
from guildbase.services.assembly import assemble
from guildbase.services.container import BotServices
from guildbase.services.loops import BackgroundLoops
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from guildbase.testing.running import RunningGuildbase
from guildbase.testing.valkey import ValkeyProcess
from tests.local_features import LocalFeatures
from tests.waiting import until


@pytest.fixture
async def running(start_guildbase: StartGuildbase) -> RunningGuildbase:
    return await start_guildbase()


@pytest.fixture
async def client(running: RunningGuildbase) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=running.health_url, trust_env=False) as made:
        yield made


@pytest.fixture
async def services(sqlite_url: str, registry: FeatureRegistry) -> AsyncIterator[BotServices]:
    assembled = assemble(Settings(database_url=sqlite_url), registry)
    yield assembled
    await assembled.close()


async def test_a_ready_bot_says_so_with_its_shards_and_guilds(
    client: httpx.AsyncClient, running: RunningGuildbase
) -> None:
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["database"], body["guilds"], body["failed_features"]) == ("ok", "ok", 1, {})
    assert [(shard["id"], shard["ready"]) for shard in body["shards"]] == [(0, True), (1, True)]
    live = await client.get("/livez")
    assert (live.status_code, live.json()["status"]) == (200, "ok")


async def test_before_there_is_a_bot_the_process_lives_but_is_not_ready(services: BotServices) -> None:
    health = HealthServer(services, lambda: None)
    await health.start("127.0.0.1", 0)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{health.port}", trust_env=False) as client:
            assert (await client.get("/livez")).status_code == 200
            answer = await client.get("/readyz")
            assert (answer.status_code, answer.json()["shards"]) == (503, [])
            assert "build_info" in (await client.get("/metrics")).text
    finally:
        await health.stop()


async def test_a_missing_shard_makes_it_not_ready_until_it_is_back(
    client: httpx.AsyncClient, running: RunningGuildbase, discord: Simulator
) -> None:
    gone = asyncio.create_task(running.bot.wait_for("shard_disconnect", timeout=5))
    await asyncio.sleep(0)
    await discord.drop_gateway(shard=1)
    await gone
    answer = await client.get("/readyz")
    if not running.bot.all_shards_ready:
        assert answer.status_code == 503
    await running.until_ready()
    assert (await client.get("/readyz")).status_code == 200


async def test_a_database_that_is_away_makes_it_not_ready(
    client: httpx.AsyncClient, running: RunningGuildbase, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ping() -> None:
        raise DatabaseUnavailable("The database is away.")

    monkeypatch.setattr(running.services.get(DatabaseManager), "ping", ping)
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "unavailable")
    assert (await client.get("/livez")).status_code == 200


async def test_a_redis_that_is_away_is_told_and_leaves_the_bot_ready(
    start_guildbase: StartGuildbase, guildbase_valkey: ValkeyProcess
) -> None:
    running = await start_guildbase(redis_url=guildbase_valkey.url)
    async with httpx.AsyncClient(base_url=running.health_url, trust_env=False) as client:
        assert (await client.get("/readyz")).json()["redis"] == "ok"
        assert "redis_up 1.0" in (await client.get("/metrics")).text.splitlines()
        guildbase_valkey.kill()
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["status"], answer.json()["redis"]) == (200, "ok", "degraded")
        lines = (await client.get("/metrics")).text.splitlines()
        assert "redis_up 0.0" in lines
        assert "redis_failures_total 1.0" in lines


async def test_a_loop_that_broke_is_named_and_makes_the_bot_unready_until_it_runs_again(
    client: httpx.AsyncClient, running: RunningGuildbase
) -> None:
    is_mended = asyncio.Event()

    async def run() -> None:
        if not is_mended.is_set():
            raise KeyError
        await asyncio.Event().wait()

    loops = running.services.get(BackgroundLoops)
    loops.start("errand", run)
    await until(lambda: loops.broken == ["errand"])
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["broken_loops"]) == (503, ["errand"])
    assert 'loop_up{loop="errand"} 0.0' in (await client.get("/metrics")).text.splitlines()
    is_mended.set()
    await until(lambda: not loops.broken)
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["broken_loops"]) == (200, [])
    lines = (await client.get("/metrics")).text.splitlines()
    assert 'loop_up{loop="errand"} 1.0' in lines
    assert f'loop_restarts_total{{loop="errand"}} {loops.loops["errand"].restarts}.0' in lines


SLOW = """
class Slow(BaseCog):
    @hybrid_command()
    async def slow(self, ctx: Context) -> None:
        "Answer late."
        self.bot.dispatch("slow_begun")
        await self.bot.go_on.wait()
        await ctx.send("Done.")
"""


async def test_a_stopping_bot_is_not_ready_while_it_finishes(
    start_guildbase: StartGuildbase, features: LocalFeatures, member: Person
) -> None:
    """A load balancer or an operator sees at once that this process is going."""
    features.write("slow", cog=SLOW)
    running = await start_guildbase(features_dir=features.folder)
    go_on = asyncio.Event()
    vars(running.bot)["go_on"] = go_on
    begun = asyncio.create_task(running.bot.wait_for("slow_begun", timeout=5))
    asking = asyncio.create_task(member.slash("slow"))
    await begun
    stopping = asyncio.create_task(running.stop())
    async with httpx.AsyncClient(base_url=running.health_url, trust_env=False) as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert [shard["ready"] for shard in answer.json()["shards"]] == [True, True]
        go_on.set()
        await stopping
        with pytest.raises(httpx.ConnectError):
            await client.get("/readyz")
    assert (await asking).text == "Done."


async def test_a_failed_feature_is_named_but_does_not_make_the_bot_unready(
    start_guildbase: StartGuildbase, features: LocalFeatures
) -> None:
    features.write("broken", cog="1 / 0")
    running = await start_guildbase(features_dir=features.folder)
    async with httpx.AsyncClient(base_url=running.health_url, trust_env=False) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    (reason,) = answer.json()["failed_features"].values()
    assert "broken does not load: ZeroDivisionError: division by zero" in reason


async def test_a_stuck_loop_shows_in_livez(client: httpx.AsyncClient, running: RunningGuildbase) -> None:
    health = running.supervisor.health
    health._probe.cancel()  # As a loop that is stuck, it does not look any more.
    await asyncio.wait([health._probe])
    health._loop_lag.last_tick = time.monotonic() - STALL - 1
    answer = await client.get("/livez")
    assert (answer.status_code, answer.json()["status"]) == (503, "stuck")


async def test_a_blocking_call_shows_as_loop_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guildbase.bot.loop_lag.PROBE_INTERVAL", 0.01)
    lag = LoopLag()
    probe = asyncio.create_task(lag.run())
    await asyncio.sleep(0)
    time.sleep(0.1)  # noqa: ASYNC251 - the blocking call is what is looked for.
    await until(lambda: lag.lag > 0.05)
    probe.cancel()


async def test_metrics_tell_of_shards_commands_and_handlers_and_hold_no_ids(
    client: httpx.AsyncClient, running: RunningGuildbase, guild: ScriptedGuild, member: Person
) -> None:
    await member.slash("ping")
    await member.says("!nosuch")
    await member.says("!ping")
    await member.hears(matching="Pong!")
    await running.bot.work.finish(within=5)
    answer = await client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert 'bot_shard_up{shard="0"} 1.0' in lines
    assert 'bot_shard_up{shard="1"} 1.0' in lines
    assert "bot_guilds 1.0" in lines
    assert 'bot_commands_total{command="ping",status="ok"} 2.0' in lines
    assert any(line.startswith('bot_message_handler_calls_total{handler="commands"}') for line in lines)
    assert any(line.startswith("bot_gateway_identify_remaining 9") for line in lines)
    assert "database_transactions_repeated_total 0.0" in lines
    assert any(line.startswith("database_connections ") for line in lines)
    # Whoever spoke has a language. The server's copy may be gone: who added the bot is given access at the start.
    assert any(re.fullmatch(r"cache_entries [1-9]\.0", line) for line in lines)
    assert "cache_unsent 0.0" in lines
    assert "cache_races_total 0.0" in lines
    assert 'leaderboard_answers_total{source="copy"} 0.0' in lines
    assert 'leaderboard_copies_total{result="failed"} 0.0' in lines
    assert any(line.startswith("process_resident_memory_bytes") for line in lines)
    labels = " ".join(re.findall(r"\{(.*?)\}", answer.text))
    assert not re.search(r"\d{17,20}", labels)
    assert member.name not in labels
    assert guild.name not in labels


async def test_a_taken_port_is_one_clear_error(start_guildbase: StartGuildbase) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as caught:
            await start_guildbase(health_port=port)
    assert caught.value.message.startswith(f"The health server cannot listen on 127.0.0.1:{port}: ")
    assert "GUILDBASE_HEALTH_PORT" in caught.value.hint
