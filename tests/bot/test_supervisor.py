"""The bot outlives what breaks discord.py's client, and stops at once for what no new try can mend."""

from __future__ import annotations

import asyncio
import threading
import time

import discord as discord_py
import pytest
from discord.gateway import KeepAliveHandler
from structlog.typing import EventDict

from guildbase.bot import identify, supervisor
from guildbase.bot.preflight import DiscordUnreachable
from guildbase.bot.target import api_base, point_at
from guildbase.core.errors import ConfigurationError
from guildbase.core.settings import load_settings
from guildbase.simulator import GatewaySettings, NothingHeard, Person, ScriptedGuild, Simulator
from guildbase.simulator.world.entities import ApplicationFlag
from guildbase.simulator.world.state import Event
from guildbase.testing.plugin import StartGuildbase
from guildbase.testing.running import RunningGuildbase
from guildbase.testing.target import restored_target
from tests.local_features import LocalFeatures
from tests.waiting import until


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(identify, "WINDOW", 0.01)


def send_what_no_parser_understands(discord: Simulator, guild: ScriptedGuild) -> None:
    """Send an event without the keys that discord.py's parser takes for granted; it ends the whole client."""
    discord.world.emit(Event("GUILD_ROLE_CREATE", {"guild_id": str(guild.id)}, guild.id))


async def test_a_malformed_event_costs_one_client_and_the_next_one_answers(
    start_guildbase: StartGuildbase,
    discord: Simulator,
    guild: ScriptedGuild,
    moderator: Person,
    member: Person,
    logs: list[EventDict],
) -> None:
    running = await start_guildbase()
    await moderator.slash("warn", user=member, reason="before")
    first = running.bot
    send_what_no_parser_understands(discord, guild)
    second = await running.until_ready(instead_of=first)
    assert second is not first
    assert first.is_closed()
    assert (await moderator.slash("warn", user=member, reason="after")).text.startswith("Case #2")
    assert "after" in (await member.receives_dm(matching="after")).text
    broke = next(line for line in logs if line["event"] == "bot_broke")
    assert isinstance(broke["exc_info"], KeyError)
    assert broke["error_id"]


async def test_a_bot_that_breaks_again_and_again_is_rebuilt_with_growing_pauses(
    start_guildbase: StartGuildbase, discord: Simulator, guild: ScriptedGuild, logs: list[EventDict]
) -> None:
    running = await start_guildbase()
    for _ in range(3):
        broken = running.bot
        send_what_no_parser_understands(discord, guild)
        await running.until_ready(instead_of=broken)
    assert len([line for line in logs if line["event"] == "bot_broke"]) == 3
    assert discord.stats.identifies == 8


def test_pauses_grow_up_to_a_limit_and_start_small_again_after_a_steady_run() -> None:
    pauses = [1.0]
    while sum(pauses) < 3600:
        pauses.append(supervisor.next_pause(pauses[-1], 10.0))
    assert pauses[1:5] == [2.0, 4.0, 8.0, 16.0]
    assert pauses[-1] == supervisor.LONGEST_PAUSE
    assert len(pauses) <= 20
    assert supervisor.next_pause(60.0, supervisor.STEADY + 1) == supervisor.FIRST_PAUSE


async def test_a_refused_token_stops_the_bot_with_a_clear_error(start_guildbase: StartGuildbase) -> None:
    with pytest.raises(ConfigurationError, match="Discord refuses the token"):
        await start_guildbase(discord_token="wrong")


async def test_a_missing_token_names_the_setting_and_the_demo(start_guildbase: StartGuildbase) -> None:
    with pytest.raises(ConfigurationError) as caught:
        await start_guildbase(discord_token="  ")
    assert caught.value.message == "No Discord token is set."
    assert "GUILDBASE_DISCORD_TOKEN" in caught.value.hint


async def test_a_token_that_is_reset_while_the_bot_runs_stops_it_with_a_clear_error(
    start_guildbase: StartGuildbase, discord: Simulator, guild: ScriptedGuild
) -> None:
    running = await start_guildbase()
    discord.world.application.token = "another"
    send_what_no_parser_understands(discord, guild)
    with pytest.raises(ConfigurationError, match="Discord refuses the token"):
        await running.ended()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (4004, "Discord refuses the token."),
        (4010, "Discord refuses the number of shards."),
        (4011, "Discord demands more shards."),
        (4012, "Discord no longer speaks this version of the gateway."),
        (4013, "Discord does not know an intent."),
    ],
)
async def test_a_close_that_no_new_try_mends_stops_the_bot_with_a_clear_error(
    start_guildbase: StartGuildbase, discord: Simulator, code: int, message: str
) -> None:
    running = await start_guildbase()
    await discord.drop_gateway(shard=0, code=code)
    with pytest.raises(ConfigurationError) as caught:
        await asyncio.wait_for(running.ended(), 10)
    assert caught.value.message == message
    assert caught.value.hint
    assert discord.stats.identifies == 2


async def test_an_intent_that_is_taken_away_stops_the_bot_with_a_clear_error(
    start_guildbase: StartGuildbase, discord: Simulator
) -> None:
    running = await start_guildbase()
    discord.world.application.flags = ApplicationFlag(0)
    await discord.invalidate(resumable=False, shard=1)
    with pytest.raises(ConfigurationError, match="Discord refuses a privileged intent") as caught:
        await running.ended()
    assert "https://discord.com/developers" in caught.value.hint


async def test_an_unreachable_discord_is_told_at_the_start(start_guildbase: StartGuildbase) -> None:
    with pytest.raises(DiscordUnreachable, match=r"does not answer at http://127\.0\.0\.1:9/"):
        await start_guildbase(discord_api_url="http://127.0.0.1:9/api/v10")


@pytest.mark.parametrize("shard", [0, 1])
async def test_a_lost_connection_is_resumed_and_what_was_missed_is_handled_once(
    start_guildbase: StartGuildbase, discord: Simulator, shard: int
) -> None:
    running = await start_guildbase()
    away = discord.guild(f"Guild on {shard}", shard=shard)
    person = away.member("regular")
    await person.says("!ping")
    await person.hears(matching="Pong!")
    await discord.drop_gateway(shard=shard)
    await person.says("!ping")
    await person.hears(matching="Pong!", timeout=10)
    with pytest.raises(NothingHeard):
        await person.hears(matching="Pong!", timeout=0.2)
    await running.until_ready()
    assert (discord.stats.identifies, discord.stats.resumes) == (2, 1)


async def test_a_shard_that_is_gone_is_not_ready_until_it_is_back(
    start_guildbase: StartGuildbase, discord: Simulator
) -> None:
    running = await start_guildbase()
    bot = running.bot
    gone = asyncio.create_task(bot.wait_for("shard_disconnect", timeout=5))
    back = asyncio.create_task(bot.wait_for("shard_resumed", timeout=10))
    await asyncio.sleep(0)
    await discord.drop_gateway(shard=1)
    assert await gone == 1
    assert await back == 1
    await running.until_ready()
    assert bot.ready_shards == {0, 1}


async def test_a_stop_during_the_start_does_not_wait_for_the_shards_turn(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identify, "WINDOW", 60.0)
    async with Simulator(shards=2, gateway=GatewaySettings(max_concurrency=1)) as discord:
        with restored_target():
            running = RunningGuildbase(discord, {"database_url": sqlite_url})
            await until(lambda: discord.stats.identifies == 1)
            began = time.monotonic()
            await running.stop()
            assert time.monotonic() - began < 3
            # The shard that waited had a heartbeat already, which must not outlive its event loop.
            heartbeats = [thread for thread in threading.enumerate() if isinstance(thread, KeepAliveHandler)]
            ours = [it for it in heartbeats if str(it.ws.gateway).startswith(discord.gateway_url)]
            await until(lambda: not any(it.is_alive() for it in ours))
    assert discord.stats.identifies == 1


async def test_a_stop_while_the_bot_waits_for_its_next_try_is_quick(
    start_guildbase: StartGuildbase, discord: Simulator, guild: ScriptedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 60.0)
    running = await start_guildbase()
    first = running.bot
    send_what_no_parser_understands(discord, guild)
    await until(first.is_closed)
    began = time.monotonic()
    await running.stop()
    assert time.monotonic() - began < 2


SLOW = """
class Slow(BaseCog):
    @hybrid_command()
    async def slow(self, ctx: Context, seconds: float) -> None:
        "Answer late."
        self.bot.dispatch("slow_begun")
        await asyncio.sleep(seconds)
        await ctx.send("Done.")

    @hybrid_command()
    async def restart(self, ctx: Context) -> None:
        "End the bot from within."
        await ctx.send("Bye.")
        await self.bot.close()
"""


async def test_a_stop_lets_a_running_command_answer(
    start_guildbase: StartGuildbase, features: LocalFeatures, member: Person
) -> None:
    features.write("slow", cog=SLOW)
    running = await start_guildbase(features_dir=features.folder)
    begun = asyncio.create_task(running.bot.wait_for("slow_begun", timeout=5))
    asking = asyncio.create_task(member.slash("slow", seconds=0.3))
    await begun
    await running.stop()
    assert (await asking).text == "Done."


async def test_a_stop_does_not_wait_for_ever_for_a_command(
    start_guildbase: StartGuildbase, features: LocalFeatures, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guildbase.bot.client.FINISH_WITHIN", 0.1)
    features.write("slow", cog=SLOW)
    running = await start_guildbase(features_dir=features.folder)
    begun = asyncio.create_task(running.bot.wait_for("slow_begun", timeout=5))
    await member.says("!slow 60")
    await begun
    began = time.monotonic()
    await running.stop()
    assert time.monotonic() - began < 3
    assert not member.guild.messages()[1:]


async def test_a_command_may_end_the_bot_and_it_comes_back(
    start_guildbase: StartGuildbase, features: LocalFeatures, member: Person
) -> None:
    features.write("slow", cog=SLOW)
    running = await start_guildbase(features_dir=features.folder)
    first = running.bot
    assert (await member.slash("restart")).text == "Bye."
    await running.until_ready(instead_of=first)
    assert (await member.slash("slow", seconds=0.0)).text == "Done."


def test_no_other_url_means_the_real_discord() -> None:
    with restored_target():
        point_at(load_settings())
        assert api_base() == discord_py.http.Route.BASE == "https://discord.com/api/v10"


def test_what_the_tests_point_elsewhere_is_put_back() -> None:
    before = api_base()
    with restored_target():
        point_at(load_settings(discord_api_url="http://127.0.0.1:9/api/v10/", discord_gateway_url="ws://127.0.0.1:9/"))
        assert api_base() == "http://127.0.0.1:9/api/v10"
    assert api_base() == before
