"""The bot leaves alone what another process may handle, tells how its shards fare, and finds those that went deaf."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from datetime import timedelta

import httpx
import pytest
from structlog.typing import EventDict

from guildbase.bot import identify, shard_watch, supervisor
from guildbase.bot.client import GuildbaseBot
from guildbase.core.clock import utcnow
from guildbase.core.errors import DatabaseUnavailable
from guildbase.database.manager import DatabaseManager
from guildbase.services import shard_ranges
from guildbase.services.leases import Lease, Leases
from guildbase.services.process import ProcessIdentity
from guildbase.services.shards import ShardReport, Shards
from guildbase.simulator import NothingHeard, Person, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from guildbase.testing.running import RunningGuildbase
from tests.local_features import LocalFeatures
from tests.waiting import until

BUTTON = """
class Press(discord.ui.View):
    @discord.ui.button(label="Press")
    async def press(self, interaction, button):
        await interaction.response.send_message("Pressed.")


class Buttons(BaseCog):
    @hybrid_command()
    async def button(self, ctx: Context) -> None:
        "Show a button."
        await ctx.send("Here.", view=Press())

    @commands.Cog.listener()
    async def on_message(self, message) -> None:
        self.bot.heard = getattr(self.bot, "heard", 0) + 1
"""


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard_watch, "REPORT_EVERY", 0.02)
    monkeypatch.setattr(shard_ranges, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(identify, "WINDOW", 0.01)


async def test_while_it_is_not_sure_of_its_shards_the_bot_leaves_everything_alone(
    start_guildbase: StartGuildbase, features: LocalFeatures, member: Person, logs: list[EventDict]
) -> None:
    features.write("buttons", cog=BUTTON)
    running = await start_guildbase(features_dir=features.folder)
    bot = running.bot
    shown = await member.slash("button")
    handled, heard = bot.router.routes[-1].calls, vars(bot).get("heard", 0)

    bot.lease.sure_until = -math.inf
    await member.says("!ping")
    with pytest.raises(NothingHeard):
        await member.hears(timeout=0.3)
    unanswered = [
        asyncio.create_task(member.slash("ping")),
        asyncio.create_task(shown.click("Press")),
    ]
    await until(lambda: bot.dropped_events >= 4)
    assert (bot.router.routes[-1].calls, vars(bot).get("heard", 0)) == (handled, heard)
    for task in unanswered:
        task.cancel()
    await asyncio.gather(*unanswered, return_exceptions=True)
    async with httpx.AsyncClient(base_url=running.health_url, trust_env=False) as client:
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["lease"]["sure"]) == (503, False)
        assert "bot_shards_sure 0.0" in (await client.get("/metrics")).text
    await until(lambda: any(line["event"] == "shards_unsure" for line in logs))

    bot.lease.sure_until = math.inf
    await member.says("!ping")
    assert (await member.hears()).text.startswith("Pong!")


async def test_regression_a_shard_that_changes_while_it_is_reported_is_reported_again_at_once(
    start_guildbase: StartGuildbase, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await start_guildbase()
    shards, told = running.services.get(Shards), list[str]()
    real = shards.report

    async def report(reports: Sequence[ShardReport]) -> None:
        await real(reports)
        if reports and reports[0].state == "ready":
            running.bot.ready_shards.clear()
            running.bot.watch.changed()
        told.extend(it.state for it in reports[:1])

    monkeypatch.setattr(shards, "report", report)
    monkeypatch.setattr(shard_watch, "REPORT_EVERY", 600)
    running.bot.watch.changed()
    await until(lambda: told[-1:] == ["reconnecting"])


async def take_over(running: RunningGuildbase) -> None:
    """Let another process have the lease of the bot's shards."""
    async with running.services.get(DatabaseManager).transaction() as work:
        lease = await work.session.get(Lease, running.bot.shard_range.name)
        assert lease is not None
        lease.token, lease.holder, lease.expires_at = lease.token + 1, "somebody", utcnow() + timedelta(minutes=5)


async def test_a_bot_that_lost_its_shards_leaves_discord_and_stands_by_until_they_are_free(
    start_guildbase: StartGuildbase, member: Person, logs: list[EventDict]
) -> None:
    running = await start_guildbase()
    first = running.bot
    await take_over(running)
    assert not await running.services.get(Leases).renew(first.lease)
    await until(first.is_closed)
    async with httpx.AsyncClient(base_url=running.health_url, trust_env=False) as client:

        async def stands_by() -> bool:
            answer = await client.get("/readyz")
            return (answer.status_code, answer.json()["status"]) == (503, "standing_by")

        await until(stands_by)
    assert any(line["event"] == "shards_lost" for line in logs)
    await running.services.get(Leases).release_all()
    second = await running.until_ready(instead_of=first)
    assert second.lease.token == 3
    await member.says("!ping")
    assert (await member.hears()).text.startswith("Pong!")


async def test_a_bot_that_stands_by_stops_when_told_to(start_guildbase: StartGuildbase) -> None:
    running = await start_guildbase()
    await take_over(running)
    await running.services.get(Leases).renew(running.bot.lease)
    await until(lambda: running.supervisor.health.is_standing_by)
    began = time.monotonic()
    await running.stop()
    assert time.monotonic() - began < 5


async def test_a_stopped_bot_gives_its_shards_back_even_if_the_database_is_away(
    start_guildbase: StartGuildbase, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    running = await start_guildbase()

    async def away(*_: object) -> None:
        raise DatabaseUnavailable("The database is away.")

    monkeypatch.setattr(running.services.get(DatabaseManager), "run", away)
    await running.stop()
    assert any(line["event"] == "shards_not_given_back" for line in logs)


async def test_starts_that_other_processes_used_up_are_counted_before_the_next_one(
    start_guildbase: StartGuildbase, discord: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "COUNT_AGAIN_AFTER", 0.0)
    running = await start_guildbase()
    first, left = running.bot, running.bot.throttle.starts_left
    for shard in range(10):
        assert discord.hub.starts.allow(shard)
    await first.close()
    second = await running.until_ready(instead_of=first)
    assert second.throttle.starts_left == left - 12


async def test_a_count_of_starts_that_discord_does_not_give_is_done_without(
    start_guildbase: StartGuildbase, discord: Simulator, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    monkeypatch.setattr(supervisor, "COUNT_AGAIN_AFTER", 0.0)
    running = await start_guildbase()
    first = running.bot
    with discord.faults.rest("GET /gateway/bot", status=500, times=1):
        await first.close()
        await running.until_ready(instead_of=first)
    assert any(line["event"] == "starts_not_counted" for line in logs)


async def test_a_broken_bot_keeps_its_shards(start_guildbase: StartGuildbase) -> None:
    running = await start_guildbase()
    first = running.bot
    await first.close()
    second = await running.until_ready(instead_of=first)
    assert second.lease is first.lease
    assert (second.lease.token, second.lease.is_sure) == (1, True)


async def test_the_shards_are_reported_with_all_that_is_known_of_them(
    start_guildbase: StartGuildbase, guild: ScriptedGuild, discord: Simulator, member: Person
) -> None:
    running = await start_guildbase()
    process = running.services.get(ProcessIdentity).id
    discord.request_heartbeats()

    async def reported() -> bool:
        first = (await running.services.get(Shards).all())[0]
        return first.report is not None and first.report.latency is not None and first.state == "ready"

    await until(reported)
    async with running.api() as api:
        assert (await api.get("/shards", headers={"X-API-Key": "no"})).status_code == 401
        first, second = (await api.get("/shards")).json()["shards"]
    assert [(it["number"], it["process"], it["state"]) for it in (first, second)] == [
        (0, process, "ready"),
        (1, process, "ready"),
    ]
    assert (first["guilds"], second["guilds"], first["is_stale"]) == (1, 0, False)
    assert first["latency_history"][-1] == first["latency"]
    assert 0 <= first["last_dispatch_age"] < 60
    assert first["version"]


async def test_a_lost_connection_is_reported_until_it_is_back(
    start_guildbase: StartGuildbase, discord: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await start_guildbase()
    monkeypatch.setattr(shard_watch, "REPORT_EVERY", 60.0)

    async def state(wanted: str) -> bool:
        return (await running.services.get(Shards).all())[1].state == wanted

    await until(lambda: state("ready"))
    with discord.faults.gateway("refuse"):
        await discord.drop_gateway(shard=1)
        await until(lambda: state("reconnecting"))
    await until(lambda: state("ready"), timeout=20)


async def test_a_new_event_makes_the_last_one_young_again(guildbase_bot: GuildbaseBot, member: Person) -> None:
    watch = guildbase_bot.watch
    await until(lambda: (watch.last_dispatch_age(0) or 0) > 0.2)
    await member.says("hello")
    await until(lambda: (watch.last_dispatch_age(0) or 1) < 0.2)
    assert watch.last_dispatch_age(7) is None


@pytest.fixture
def _soon_suspicious(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shard_watch, "QUIET", 0.3)
    monkeypatch.setattr(shard_watch, "ANSWER_WITHIN", 0.3)


@pytest.mark.usefixtures("_soon_suspicious")
async def test_a_connection_that_only_acknowledges_heartbeats_is_made_anew_and_nothing_is_missed(
    start_guildbase: StartGuildbase, discord: Simulator, guild: ScriptedGuild, member: Person, logs: list[EventDict]
) -> None:
    running = await start_guildbase()
    with discord.faults.gateway("lose", shard=0):
        await member.says("!ping")
        began = time.monotonic()
        await until(lambda: running.bot.watch.silences > 0)
        log_line = next(line for line in logs if line["event"] == "shard_silent")
        assert log_line["shard_id"] == 0
    assert time.monotonic() - began < 10
    await until(lambda: discord.stats.resumes > 0)
    assert (await member.hears(timeout=10)).text.startswith("Pong!")
    assert discord.stats.identifies == 2


@pytest.mark.usefixtures("_soon_suspicious")
async def test_quiet_shards_raise_no_false_alarm(
    start_guildbase: StartGuildbase, discord: Simulator, guild: ScriptedGuild
) -> None:
    """Shard 0 has a server in which nobody says anything; shard 1 has none at all."""
    running = await start_guildbase()
    watch = running.bot.watch
    sequences = list[int]()

    def asked() -> bool:
        sequence = watch._sequences[0][0]
        if sequence is not None and sequence not in sequences:
            sequences.append(sequence)
        return len(sequences) >= 4

    # Each answer to the watch's own question is an event, and the only ones that come.
    await until(asked)
    assert (watch.silences, discord.stats.identifies, discord.stats.resumes) == (0, 2, 0)


@pytest.mark.usefixtures("_soon_suspicious")
async def test_a_connection_that_says_nothing_at_all_is_made_anew(
    start_guildbase: StartGuildbase, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    running = await start_guildbase()
    assert discord.silence_gateway(0) == 1
    await until(lambda: running.bot.watch.silences > 0)
    await until(lambda: discord.stats.resumes > 0, timeout=30)
    await running.until_ready()
    await member.says("!ping")
    assert (await member.hears(timeout=10)).text.startswith("Pong!")
