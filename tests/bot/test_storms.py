"""Many effects at once, and a Discord that refuses: nothing is lost or doubled, and moderation goes first."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from guildbase.bot.client import GuildbaseBot
from guildbase.bot.effects import EffectHandler, EffectRun
from guildbase.database.manager import DatabaseManager
from guildbase.platform.access.controller import FIND_INSTALLER
from guildbase.platform.guilds.controller import WELCOME
from guildbase.services.outbox import EffectState, Outbox, OutboxEffect, Priority
from guildbase.simulator import Limit, RateLimits, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.factories import new_id
from tests.waiting import until

log = logging.getLogger(__name__)
SEND = "POST /channels/{channel_id}/messages"


class Notices:
    """Effects that each write one message, in the order in which Discord got them."""

    def __init__(self, bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild) -> None:
        self.bot = bot
        self.channels = {name: guild.find_channel(name).id for name in ("general", "mod-log")}
        self._discord = discord
        self._database = bot.services.get(DatabaseManager)
        bot.executor.handlers["test.notice"] = EffectHandler("test.notice", self._send, None)

    async def _send(self, run: EffectRun) -> None:
        channel = run.bot.get_partial_messageable(self.channels[run.payload["channel"]])
        await channel.send(run.payload["text"], nonce=run.nonce)

    async def promise(
        self, texts: list[str], priority: Priority, *, channel: str = "general", guild_id: int | None = None
    ) -> None:
        async with self._database.transaction() as work:
            for text in texts:
                payload: dict[str, Any] = {"text": text, "channel": channel}
                await self.bot.services.get(Outbox).promise(
                    work, "test.notice", payload, guild_id=guild_id, priority=priority
                )

    @property
    def sent(self) -> list[str]:
        messages = self._discord.world.messages
        both = [message for channel in self.channels.values() for message in messages[channel].values()]
        return [message.content for message in sorted(both, key=lambda message: message.id)]

    async def states(self) -> Counter[EffectState]:
        async with self._database.read_session() as session:
            # What a new server brings with it is not this test's.
            own = col(OutboxEffect.kind).not_in((WELCOME, FIND_INSTALLER))
            counted = select(col(OutboxEffect.state), func.count()).where(own).group_by(col(OutboxEffect.state))
            rows = await session.execute(counted)
            return Counter({state: count for state, count in rows})  # noqa: C416 - dict() is not typed for rows.

    async def until_over(self, *, timeout: float = 60.0) -> Counter[EffectState]:
        async def is_over() -> bool:
            states = await self.states()
            return not (states[EffectState.PENDING] or states[EffectState.RUNNING])

        await until(is_over, timeout=timeout)
        return await self.states()


@pytest.fixture
async def notices(start_guildbase: StartGuildbase, discord: Simulator, guild: ScriptedGuild) -> Notices:
    running = await start_guildbase(discord_requests_per_second=200)
    return Notices(running.bot, discord, guild)


@pytest.mark.timeout(120)
async def test_a_thousand_effects_due_at_once_are_sent_at_discords_limit_and_moderation_goes_first(
    notices: Notices, discord: Simulator
) -> None:
    discord.limiter.set(RateLimits(everywhere=Limit(200, 1.0)))
    bulk, urgent = [f"bulk {n}" for n in range(1000)], [f"moderation {n}" for n in range(20)]
    began = time.monotonic()
    await notices.promise(bulk, Priority.BULK)
    await until(lambda: len(notices.sent) >= 100, timeout=30)
    before = len(notices.sent)
    await notices.promise(urgent, Priority.MODERATION)
    states = await notices.until_over()
    seconds = time.monotonic() - began
    order = notices.sent
    ahead = max(order.index(text) for text in urgent) - before - len(urgent)
    log.info(
        "%d sent in %.1f s where the limit allows %.1f; moderation let %d others pass; global 429s %d",
        len(order), seconds, len(order) / 200, ahead, discord.stats.rate_limited,
    )  # fmt: skip
    assert states == {EffectState.DONE: 1020}
    assert sorted(order) == sorted(bulk + urgent)
    # On a machine that stands still for a moment a few calls draw together; without a pace it would be hundreds.
    assert discord.stats.rate_limited <= len(order) // 50
    assert ahead < 200


async def test_a_storm_of_429_drops_no_moderation_and_doubles_nothing(notices: Notices, discord: Simulator) -> None:
    storm = discord.faults.rest(SEND, status=429, retry_after=0.05, chance=0.5, seconds=3.0, seed=11)
    urgent, bulk = [f"moderation {n}" for n in range(60)], [f"bulk {n}" for n in range(60)]
    await notices.promise(bulk, Priority.BULK)
    await notices.promise(urgent, Priority.MODERATION)
    states = await notices.until_over()
    refused = notices.bot.traffic.answers["channels", 429]
    log.info("429s %d, effects done %d, dropped %d", refused, states[EffectState.DONE], states[EffectState.FAILED])
    assert states == {EffectState.DONE: 120}
    assert sorted(notices.sent) == sorted(urgent + bulk)
    assert refused == storm.hits > 30


@pytest.mark.parametrize("status", [403, 404])
async def test_what_discord_forbids_is_given_up_with_its_reason_and_few_calls(
    notices: Notices, discord: Simulator, status: int
) -> None:
    with discord.faults.rest(SEND, status=status) as refusal:
        await notices.promise([f"{n}" for n in range(20)], Priority.MODERATION)
        assert await notices.until_over() == {EffectState.FAILED: 20}
    log.info("%d answered with %d: %.1f calls for each job", refusal.hits, status, refusal.hits / 20)
    assert refusal.hits == 20
    async with notices.bot.services.get(DatabaseManager).read_session() as session:
        errors = set(
            (
                await session.execute(
                    select(col(OutboxEffect.error)).where(col(OutboxEffect.state) == EffectState.FAILED)
                )
            ).scalars()
        )
    assert all(f"{status}" in (error or "") for error in errors)


async def test_near_a_ban_moderation_goes_on_and_all_else_waits_until_the_danger_is_over(
    start_guildbase: StartGuildbase, discord: Simulator, guild: ScriptedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guildbase.bot.traffic.MOST_INVALID", 10)
    monkeypatch.setattr("guildbase.bot.executor.POLL", 0.05)
    running = await start_guildbase()
    notices = Notices(running.bot, discord, guild)
    with discord.faults.rest(SEND, status=403):
        await notices.promise([f"refused {n}" for n in range(10)], Priority.NORMAL)
        assert await notices.until_over() == {EffectState.FAILED: 10}
    await notices.promise(["bulk"], Priority.BULK)
    await notices.promise(["moderation"], Priority.MODERATION)
    await until(lambda: notices.sent == ["moderation"])
    await asyncio.sleep(0.2)
    assert notices.sent == ["moderation"]
    monkeypatch.setattr("guildbase.bot.traffic.WITHIN", 0.0)
    await until(lambda: notices.sent == ["moderation", "bulk"])


async def test_a_channel_that_is_slow_holds_up_no_other_guild(notices: Notices, discord: Simulator) -> None:
    discord.limiter.set(RateLimits(routes={SEND: Limit(5, 0.5)}))
    await notices.promise([f"slow {n}" for n in range(100)], Priority.NORMAL, guild_id=new_id())
    await until(lambda: len(notices.sent) >= 5)
    await notices.promise(["quick"], Priority.NORMAL, channel="mod-log", guild_id=new_id())
    await until(lambda: "quick" in notices.sent)
    # Behind the others it would have been the last.
    assert len(notices.sent) < 60
    discord.limiter.set(RateLimits())
    assert await notices.until_over() == {EffectState.DONE: 101}
