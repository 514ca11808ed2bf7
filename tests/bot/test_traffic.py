"""Every call to Discord is counted and kept at the pace, and refusals stop what can wait before Discord bans us."""

from __future__ import annotations

import asyncio

import pytest
from discord import Forbidden, NotFound
from prometheus_client import generate_latest
from structlog.typing import EventDict
from yarl import URL

from guildbase.bot import traffic as traffic_module
from guildbase.bot.client import GuildbaseBot
from guildbase.bot.loop_lag import LoopLag
from guildbase.bot.metrics import collector_registry
from guildbase.bot.target import api_base
from guildbase.bot.traffic import DiscordTraffic
from guildbase.services.shard_ranges import ShardRange
from guildbase.simulator import Limit, Person, RateLimits, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.waiting import until


async def test_calls_are_counted_by_kind_and_status(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person
) -> None:
    traffic = guildbase_bot.traffic
    before = traffic.answers.copy()
    await guildbase_bot.fetch_channel(guild.find_channel("general").id)
    with pytest.raises(NotFound):
        await guildbase_bot.fetch_channel(1)
    await moderator.slash("ping")
    await until(lambda: any(kind == "interactions" for kind, _ in traffic.answers))
    counted = traffic.answers - before
    assert counted["channels", 200] == 1
    assert counted["channels", 404] == 1
    assert sum(count for (kind, _), count in counted.items() if kind == "interactions") == 1
    shown = generate_latest(collector_registry(lambda: guildbase_bot, LoopLag())).decode()
    assert 'bot_discord_http_total{route="channels",status="404"} 1.0' in shown
    assert "bot_discord_invalid_requests_total 0.0" in shown
    assert "bot_discord_calls_waiting 0.0" in shown


async def test_refusals_are_counted_but_those_of_a_shared_limit(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, discord: Simulator
) -> None:
    traffic, channel = guildbase_bot.traffic, guildbase_bot.get_partial_messageable(guild.find_channel("general").id)
    before = traffic.invalid
    with discord.faults.rest("POST /channels/*", status=403, times=3):
        for _ in range(3):
            with pytest.raises(Forbidden):
                await channel.send("hello")
    assert traffic.invalid - before == 3
    with discord.faults.rest("POST /channels/*", status=429, retry_after=0.01, times=3):
        await channel.send("hello")
    assert traffic.invalid - before == 3
    assert traffic.answers["channels", 429] == 3


async def test_so_many_refusals_that_a_ban_is_near_are_told_once(
    logs: list[EventDict], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traffic_module, "MOST_INVALID", 5)
    traffic = DiscordTraffic(50)
    for number in range(7):
        assert traffic.is_near_ban is (number >= 5)
        traffic._count_invalid()
    assert [line["refused"] for line in logs if line["event"] == "discord_refuses_too_much"] == [5]
    assert traffic.invalid == 7
    monkeypatch.setattr(traffic_module, "WITHIN", 0.0)
    assert not traffic.is_near_ban


async def test_the_global_limit_of_discord_makes_every_call_wait(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, discord: Simulator, logs: list[EventDict]
) -> None:
    traffic, channel = guildbase_bot.traffic, guildbase_bot.get_partial_messageable(guild.find_channel("general").id)
    # Another process of the same bot, say, used up what the limit leaves.
    discord.limiter.set(RateLimits(everywhere=Limit(1, 0.2)))
    await channel.send("one")
    sending = asyncio.create_task(channel.send("two"))
    await until(lambda: traffic.answers["channels", 429] == 1)
    assert traffic.pace._pause(asyncio.get_running_loop().time()) > 0
    await sending
    assert [line["event"] for line in logs if line["event"] == "discord_global_limit"] == ["discord_global_limit"]
    assert traffic.invalid == 1


@pytest.mark.parametrize(("told", "seconds"), [("1.5", 1.5), ("2", 2.0), ("soon", 1.0), ("", 1.0)])
def test_what_discord_says_of_the_wait_is_understood(told: str, seconds: float) -> None:
    assert traffic_module._seconds(told) == seconds


def test_answers_to_people_and_the_gateway_are_not_held_up(guildbase_bot: GuildbaseBot) -> None:
    base = api_base()
    kinds = {
        "/users/@me": "users", "/gateway/bot?v=10": "gateway", "/interactions/1/token/callback": "interactions",
        "/webhooks/1/token/messages/@original": "webhooks",
    }  # fmt: skip
    assert {path: traffic_module._kind(URL(base + path)) for path in kinds} == kinds
    assert traffic_module._kind(URL("wss://gateway.discord.gg/?v=10")) is None
    assert traffic_module._kind(URL("https://cdn.discordapp.com/icons/1/a.png")) is None


async def test_a_process_keeps_to_the_share_of_its_shards() -> None:
    traffic = DiscordTraffic(50)
    for first, last, count, share in ((0, 3, 4, 50), (0, 1, 4, 25), (3, 3, 4, 12), (9, 9, 1000, 1)):
        traffic.keep_to_share(50, ShardRange(first, last, count))
        assert traffic.pace.per_second == share


async def test_what_is_counted_outlives_the_bot_which_may_be_built_anew(start_guildbase: StartGuildbase) -> None:
    running = await start_guildbase(discord_requests_per_second=20)
    assert running.bot.traffic.pace.per_second == 20
    assert running.services.get(DiscordTraffic) is running.bot.traffic
