"""Several bot processes on one Discord: each shard has one of them, whatever is stopped, killed or started."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import signal
import time

import httpx
import pytest

from guildbase.simulator import GatewaySettings, Person, ScriptedGuild, Simulator
from tests.cli.conftest import Running, Starter, discord_settings
from tests.waiting import until

log = logging.getLogger(__name__)
TTL = 2
PONG = "Pong!"


@pytest.fixture
def fleet_settings(discord: Simulator, postgresql_url: str) -> dict[str, str]:
    return {"database_url": postgresql_url, "lease_ttl": str(TTL), **discord_settings(discord)}


def times(running: Running, event: str) -> int:
    return len(re.findall(f'"event":"{event}"', running.said))


def pongs(guild: ScriptedGuild) -> int:
    return sum(message.content.startswith(PONG) for message in guild.messages())


async def runs_shards(running: Running, *, starts: int = 2, timeout: float = 40.0) -> None:
    await until(lambda: times(running, "shard_ready") >= starts, timeout=timeout)


async def answered(person: Person, guild: ScriptedGuild) -> None:
    """Have a question answered by a bot that runs the guild's shard."""
    before = pongs(guild)
    await person.says("!ping")
    await until(lambda: pongs(guild) > before)


@pytest.mark.timeout(180)
@pytest.mark.discord(gateway=GatewaySettings(identify_interval=0))
async def test_a_bot_that_is_stopped_past_its_lease_does_nothing_twice_when_it_goes_on(
    start: Starter, fleet_settings: dict[str, str], discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    first = await start("bot", **fleet_settings)
    await runs_shards(first)
    await answered(member, guild)
    second = await start("bot", **fleet_settings)
    await second.says('"event":"standing_by"')
    assert discord.stats.identifies == 2

    # The first is stopped past its lease, hears what is said meanwhile only afterwards, and leaves it alone.
    stopped = time.monotonic()
    first.process.send_signal(signal.SIGSTOP)
    await member.says("!ping")
    await runs_shards(second)
    log.info("took over %.1f s after the owner was stopped, with a lease of %s s", time.monotonic() - stopped, TTL)
    before = pongs(guild)
    for _ in range(5):
        await answered(member, guild)
    assert pongs(guild) == before + 5
    first.process.send_signal(signal.SIGCONT)
    await first.says('"event":"shards_lost"')
    await until(lambda: times(first, "standing_by") == 1, timeout=40)
    await answered(member, guild)
    log.info("double answers: %s", pongs(guild) - before - 6)
    assert pongs(guild) == before + 6

    # A clean stop hands over at once.
    second.process.send_signal(signal.SIGTERM)
    assert await second.ends() == 0
    ended = time.monotonic()
    await first.says('"event":"shards_leased".*\n[^$]*"event":"shards_leased"')
    log.info("handed over %.2f s after the end of the process that was told to stop", time.monotonic() - ended)
    await runs_shards(first, starts=4)
    await answered(member, guild)

    # A killed one is replaced when its lease is over.
    third = await start("bot", **fleet_settings)
    await third.says('"event":"standing_by"')
    killed = time.monotonic()
    first.process.kill()
    await third.says('"event":"shards_leased"')
    log.info("took over %.1f s after the owner was killed, with a lease of %s s", time.monotonic() - killed, TTL)
    await runs_shards(third)
    before = pongs(guild)
    await answered(member, guild)
    assert pongs(guild) == before + 1
    assert await third.stops() == 0


@pytest.mark.timeout(120)
@pytest.mark.discord(gateway=GatewaySettings(max_concurrency=1))
async def test_two_processes_share_the_shards_and_take_turns_at_starting_them(
    start: Starter,
    fleet_settings: dict[str, str],
    redis_settings: dict[str, str],
    discord: Simulator,
    guild: ScriptedGuild,
    member: Person,
) -> None:
    # It is asked again and again how the shards are.
    limits = {"api_rate_limit": "10000"}
    settings = {**fleet_settings, **redis_settings, **limits, "shards_per_process": "1", "lease_ttl": "15"}
    away = discord.guild("Guild on 1", shard=1)
    regular = away.member("regular")
    bots = [await start("bot", **settings), await start("bot", **settings)]
    api = await start("api", **fleet_settings, **redis_settings, **limits)
    for bot in bots:
        await runs_shards(bot, starts=1, timeout=60)
    # Discord allows one start in five seconds; together they did not once start too early.
    assert (discord.stats.identifies, discord.stats.refused_identifies) == (2, 0)
    await asyncio.gather(answered(member, guild), answered(regular, away))
    assert (pongs(guild), pongs(away)) == (1, 1)

    async with await api.api() as client:
        await until(lambda: _all_ready(client), timeout=20)
        first, second = (await client.get("/shards")).json()["shards"]
        assert first["process"] != second["process"]
        assert [(it["number"], it["guilds"], it["is_stale"]) for it in (first, second)] == [
            (0, 1, False),
            (1, 1, False),
        ]
        fields = (await member.slash("status")).embeds[0]["fields"]
        shown = {field["name"]: field["value"] for field in fields}
        assert (shown["Servers"], shown["Shards"]) == ("2", "2 of 2 ready")

        # A killed process's shard is soon known to hang, or gone; the other one goes on.
        owner_of_0 = next(bot for bot in bots if _leased(bot) == "shards:0-0of2")
        owner_of_0.process.kill()
        killed = time.monotonic()
        await until(lambda: _is_stale_or_gone(client, 0), timeout=30)
        log.info("a killed process's shard showed as such after %.1f s", time.monotonic() - killed)
        await answered(regular, away)
    assert [await bot.stops() for bot in (api, *bots) if bot is not owner_of_0] == [0, 0]


def _leased(bot: Running) -> str:
    lines = [json.loads(line) for line in bot.said.splitlines() if '"shards_leased"' in line]
    return str(lines[-1]["shards"])


async def _all_ready(client: httpx.AsyncClient) -> bool:
    return [shard["state"] for shard in (await client.get("/shards")).json()["shards"]] == ["ready", "ready"]


async def _is_stale_or_gone(client: httpx.AsyncClient, shard_id: int) -> bool:
    shard = (await client.get("/shards")).json()["shards"][shard_id]
    return bool(shard["is_stale"] or shard["state"] == "gone")
