"""Promised effects are carried out, tried again when they fail, and never forgotten."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col
from structlog.typing import EventDict

from guildbase.bot import client, places
from guildbase.bot import executor as executor_module
from guildbase.bot.client import GuildbaseBot
from guildbase.bot.effects import EffectHandler, EffectRun
from guildbase.bot.executor import EffectExecutor
from guildbase.bot.identify import IdentifyThrottle
from guildbase.core.clock import utcnow
from guildbase.core.errors import DatabaseUnavailable, NoReply
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation import effects as moderation_effects
from guildbase.features.moderation.kinds import TELL_TARGET, CaseState, NoticeState
from guildbase.features.moderation.models import ModerationCase
from guildbase.services.due_work import worker
from guildbase.services.outbox import ClaimedEffect, EffectState, Outbox, OutboxEffect, Wanted, claiming
from guildbase.services.outbox import outbox as outbox_module
from guildbase.simulator import Limit, Person, RateLimits, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.waiting import until


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "FIRST_RETRY", timedelta(milliseconds=1))
    monkeypatch.setattr(executor_module, "POLL", 0.02)
    monkeypatch.setattr(executor_module, "UNKNOWN_RETRY", timedelta(milliseconds=1))


class Effects:
    """An effect that does what the test says, and what became of it."""

    def __init__(self, bot: GuildbaseBot) -> None:
        self.bot = bot
        self.outbox = bot.services.get(Outbox)
        self.runs: list[EffectRun] = []
        self.given_up: list[EffectRun] = []
        self.failures = 0
        bot.executor.handlers["test.effect"] = EffectHandler("test.effect", self._run, self._on_failed)

    async def _run(self, run: EffectRun) -> None:
        self.runs.append(run)
        if len(self.runs) <= self.failures:
            raise RuntimeError("Discord is down")

    async def _on_failed(self, run: EffectRun) -> None:
        self.given_up.append(run)

    async def promise(self, kind: str = "test.effect", **payload: object) -> int:
        async with self.bot.services.get(DatabaseManager).transaction() as work:
            return await self.outbox.promise(work, kind, payload, guild_id=None)

    async def row(self, effect_id: int) -> OutboxEffect:
        async with self.bot.services.get(DatabaseManager).read_session() as session:
            row = await session.get(OutboxEffect, effect_id)
        assert row is not None
        return row

    async def until_attempted(self, effect_id: int, attempts: int) -> None:
        async def is_so() -> bool:
            return (await self.row(effect_id)).attempts >= attempts

        await until(is_so)


@pytest.fixture
async def effects(guildbase_bot: GuildbaseBot) -> Effects:
    made = Effects(guildbase_bot)

    async def is_quiet() -> bool:
        async with guildbase_bot.services.get(DatabaseManager).read_session() as session:
            done = col(OutboxEffect.state) == EffectState.DONE
            return (await session.execute(select(OutboxEffect).where(~done).limit(1))).first() is None

    # What a new server brings with it is not these tests' effect.
    await until(is_quiet)
    return made


async def test_a_promised_effect_runs_at_once_and_is_done(
    guildbase_bot: GuildbaseBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The wake-up must come from the promise, and not from the next look.
    await asyncio.sleep(0.05)
    monkeypatch.setattr(executor_module, "POLL", 30.0)
    effects = Effects(guildbase_bot)
    first = await effects.promise(word="one")
    assert await effects.outbox.outcome(first, timeout=30) is EffectState.DONE
    began = time.monotonic()
    second = await effects.promise(word="two")
    assert await effects.outbox.outcome(second, timeout=30) is EffectState.DONE
    assert time.monotonic() - began < 15
    assert [run.payload for run in effects.runs] == [{"word": "one"}, {"word": "two"}]
    assert effects.runs[0].nonce != effects.runs[1].nonce


async def test_every_attempt_at_an_effect_has_the_same_nonce_and_discord_takes_it(effects: Effects) -> None:
    effects.failures = 2
    await effects.outbox.outcome(await effects.promise(), timeout=30)
    assert len({run.nonce for run in effects.runs}) == 1
    largest = replace(effects.runs[0], effect_id=2**48, promised_at=utcnow() + timedelta(days=36_500))
    assert len(largest.nonce) <= 25


async def test_an_effect_that_fails_at_first_is_tried_again(effects: Effects, logs: list[EventDict]) -> None:
    effects.failures = 2
    number = await effects.promise()
    assert await effects.outbox.outcome(number, timeout=30) is EffectState.DONE
    assert len(effects.runs) == 3
    assert [line["attempt"] for line in logs if line["event"] == "effect_failed"] == [1, 2]
    assert not effects.given_up
    assert (await effects.row(number)).error is None


async def test_an_effect_that_never_works_is_given_up_in_the_end_and_its_feature_is_told_once(
    effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    effects.failures = 1_000_000
    number = await effects.promise()
    await effects.until_attempted(number, 3)
    assert (await effects.row(number)).error == "RuntimeError: Discord is down"
    monkeypatch.setattr(claiming, "GIVE_UP_AFTER", timedelta(0))
    assert await effects.outbox.outcome(number, timeout=30) is EffectState.FAILED
    assert [run.effect_id for run in effects.given_up] == [number]


async def test_what_discord_refuses_for_good_is_not_tried_again(effects: Effects, guild: ScriptedGuild) -> None:
    runs = 0

    async def send_nothing(run: EffectRun) -> None:
        nonlocal runs
        runs += 1
        await run.bot.get_partial_messageable(guild.find_channel("general").id).send("")

    effects.bot.executor.handlers["test.refused"] = EffectHandler("test.refused", send_nothing, effects._on_failed)
    number = await effects.promise("test.refused")
    assert await effects.outbox.outcome(number, timeout=30) is EffectState.FAILED
    assert (runs, len(effects.given_up)) == (1, 1)
    assert "HTTPException" in ((await effects.row(number)).error or "")


async def test_effects_that_hang_hold_up_no_other(effects: Effects) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def hang(_run: EffectRun) -> None:
        begun.set()
        await go_on.wait()

    effects.bot.executor.handlers["test.hang"] = EffectHandler("test.hang", hang, None)
    hanging = [await effects.promise("test.hang") for _ in range(places.AT_ONCE - 1)]
    await begun.wait()
    for _ in range(3):
        assert await effects.outbox.outcome(await effects.promise(), timeout=30) is EffectState.DONE
    full = await effects.promise("test.hang")
    last = await effects.promise()
    go_on.set()
    for number in (*hanging, full, last):
        assert await effects.outbox.outcome(number, timeout=30) is EffectState.DONE


async def test_a_stop_without_its_database_still_stops(
    effects: Effects, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    async def release(_worker: str) -> int:
        raise DatabaseUnavailable("The database is away.")

    monkeypatch.setattr(effects.outbox, "release", release)
    await effects.bot.executor.stop()
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["outbox_release_failed"]


async def test_an_effect_of_an_unknown_kind_is_kept_until_its_feature_is_back(effects: Effects) -> None:
    handler = effects.bot.executor.handlers.pop("test.effect")
    number = await effects.promise()
    await effects.until_attempted(number, 2)
    assert await effects.outbox.state(number) in (EffectState.PENDING, EffectState.RUNNING)
    effects.bot.executor.handlers["test.effect"] = handler
    assert await effects.outbox.outcome(number, timeout=30) is EffectState.DONE


async def test_an_effect_of_an_unknown_kind_is_kept_however_often_it_was_looked_at(effects: Effects) -> None:
    handler = effects.bot.executor.handlers.pop("test.effect")
    # In one transaction, so that no attempt begins before the count is set.
    async with effects.bot.services.get(DatabaseManager).transaction() as work:
        number = await effects.outbox.promise(work, "test.effect", {}, guild_id=None)
        many = update(OutboxEffect).where(col(OutboxEffect.effect_id) == number).values(attempts=60)
        await work.session.execute(many)
    await effects.until_attempted(number, 62)
    effects.bot.executor.handlers["test.effect"] = handler


async def test_an_attempt_that_hangs_is_cut_off_and_tried_again(
    effects: Effects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor_module, "TIME_LIMIT", 0.05)
    attempts = 0

    async def hang_once(_run: EffectRun) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            await asyncio.sleep(60)

    effects.bot.executor.handlers["test.hang"] = EffectHandler("test.hang", hang_once, None)
    number = await effects.promise("test.hang")
    assert await effects.outbox.outcome(number, timeout=30) is EffectState.DONE
    assert attempts == 2


async def test_a_crash_between_sending_and_marking_sends_no_second_message(
    guildbase_bot: GuildbaseBot, moderator: Person, member: Person, discord: Simulator
) -> None:
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="was told by direct message")
    database = guildbase_bot.services.get(DatabaseManager)
    sent = discord.stats.requests["POST /channels/{channel_id}/messages"]
    notice = update(OutboxEffect).where(col(OutboxEffect.kind) == TELL_TARGET)
    dead = notice.values(state=EffectState.RUNNING, worker="dead", lease_until=utcnow())
    async with database.transaction() as work:
        # What the database holds when the process dies after Discord took the message: nothing of it is kept.
        await work.session.execute(update(ModerationCase).values(state=CaseState.OPEN, notice=NoticeState.PENDING))
        number = (await work.session.execute(dead.returning(col(OutboxEffect.effect_id)))).scalar_one()
    assert number is not None
    assert await guildbase_bot.services.get(Outbox).outcome(number, timeout=30) is EffectState.DONE
    assert discord.stats.requests["POST /channels/{channel_id}/messages"] == sent + 1
    assert len(member.dms) == 1


async def test_a_stop_lets_the_running_effect_finish_and_claims_nothing_more(effects: Effects) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_run: EffectRun) -> None:
        begun.set()
        await go_on.wait()

    effects.bot.executor.handlers["test.slow"] = EffectHandler("test.slow", slow, None)
    running = await effects.promise("test.slow")
    await begun.wait()
    stopping = asyncio.create_task(effects.bot.executor.stop())
    await asyncio.sleep(0)
    waiting = await effects.promise()
    go_on.set()
    await stopping
    assert (await effects.row(running)).state is EffectState.DONE
    assert (await effects.row(waiting)).state is EffectState.PENDING
    assert not effects.runs


def test_regression_a_stop_with_everything_busy_fits_into_twenty_seconds() -> None:
    # Commands, then effects, then what came up meanwhile, then due work: each has its time after the one before.
    assert client.FINISH_WITHIN + executor_module.FINISH_WITHIN + client.LAST_WORDS + worker.GRACE <= 18


async def test_a_stop_gives_back_what_does_not_finish_in_time(effects: Effects) -> None:
    begun = asyncio.Event()

    async def endless(_run: EffectRun) -> None:
        begun.set()
        await asyncio.sleep(60)

    effects.bot.executor.handlers["test.endless"] = EffectHandler("test.endless", endless, None)
    number = await effects.promise("test.endless")
    await begun.wait()
    await effects.bot.executor.stop(within=0.05)
    row = await effects.row(number)
    assert (row.state, row.worker, row.lease_until) == (EffectState.PENDING, None, None)
    await effects.bot.executor.stop()


async def test_the_executor_lives_through_a_database_that_is_away(
    effects: Effects, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    real, failures = effects.outbox.claim, 0

    async def claim(worker: str, wanted: Wanted, *, lease: timedelta) -> list[ClaimedEffect]:
        nonlocal failures
        if failures < 3:
            failures += 1
            raise DatabaseUnavailable("The database is away.")
        return await real(worker, wanted, lease=lease)

    monkeypatch.setattr(effects.outbox, "claim", claim)
    number = await effects.promise()
    assert await effects.outbox.outcome(number, timeout=30) is EffectState.DONE
    waits = [line for line in logs if line["event"] == "outbox_waits_for_the_database"]
    assert [(line["log_level"], line["reason"]) for line in waits] == [("warning", "The database is away.")] * 3


async def test_the_executor_lives_through_a_bug_in_claiming(
    effects: Effects, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    real, failures = effects.outbox.claim, 0

    async def claim(worker: str, wanted: Wanted, *, lease: timedelta) -> list[ClaimedEffect]:
        nonlocal failures
        failures += 1
        if failures == 1:
            raise RuntimeError("a bug")
        return await real(worker, wanted, lease=lease)

    monkeypatch.setattr(effects.outbox, "claim", claim)
    number = await effects.promise()
    assert await effects.outbox.outcome(number, timeout=30) is EffectState.DONE
    assert len([line for line in logs if line["event"] == "outbox_claim_failed"]) == 1


async def test_an_effect_whose_result_cannot_be_written_harms_no_other(
    effects: Effects, monkeypatch: pytest.MonkeyPatch, logs: list[EventDict]
) -> None:
    real, failed = effects.outbox.done, 0

    async def done(effect: ClaimedEffect) -> bool:
        nonlocal failed
        if effect.kind == "test.effect" and not failed:
            failed = effect.id
            raise DatabaseUnavailable("The database is away.")
        return await real(effect)

    monkeypatch.setattr(effects.outbox, "done", done)
    first, second = await effects.promise(), await effects.promise()
    assert await effects.outbox.outcome(second, timeout=30) is EffectState.DONE
    # The first one stays claimed until its lease runs out, and is then run again.
    assert (failed, (await effects.row(first)).state) == (first, EffectState.RUNNING)
    assert [line["kind"] for line in logs if line["event"] == "effect_not_settled"] == ["test.effect"]


async def test_regression_an_effect_whose_result_could_not_be_written_is_run_again_while_others_still_run(
    start_guildbase: StartGuildbase, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await start_guildbase(lease_ttl=1)
    effects, go_on, failed = Effects(running.bot), asyncio.Event(), list[int]()
    real = effects.outbox.done

    async def done(effect: ClaimedEffect) -> bool:
        if effect.kind == "test.effect" and not failed:
            failed.append(effect.id)
            raise DatabaseUnavailable("The database is away.")
        return await real(effect)

    async def slow(_run: EffectRun) -> None:
        await go_on.wait()

    monkeypatch.setattr(effects.outbox, "done", done)
    running.bot.executor.handlers["test.slow"] = EffectHandler("test.slow", slow, None)
    long_one, number = await effects.promise("test.slow"), await effects.promise()
    await until(lambda: len(effects.runs) == 2)
    assert await effects.outbox.outcome(number, timeout=30) is EffectState.DONE
    go_on.set()
    assert await effects.outbox.outcome(long_one, timeout=30) is EffectState.DONE


async def test_what_was_promised_while_no_bot_ran_is_done_at_the_next_start(
    start_guildbase: StartGuildbase, member: Person, moderator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await start_guildbase()
    await running.bot.executor.stop()
    reply = await moderator.slash("warn", user=member, reason="spam")
    assert "is being told" in reply.text
    monkeypatch.setattr("guildbase.bot.client.FINISH_WITHIN", 0.05)
    await running.stop()
    assert not member.dms
    await start_guildbase()
    assert "spam" in (await member.receives_dm()).text


async def test_an_effect_waits_at_the_start_until_discord_has_told_of_its_guild(
    start_guildbase: StartGuildbase,
    guild: ScriptedGuild,
    guildbase_sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = await start_guildbase()
    await running.bot.executor.stop()
    async with running.services.get(DatabaseManager).transaction() as work:
        outbox = running.services.get(Outbox)
        of_guild = await outbox.promise(work, "test.look", {}, guild_id=guild.id)
        of_nobody = await outbox.promise(work, "test.look", {}, guild_id=None)
    monkeypatch.setattr("guildbase.bot.client.FINISH_WITHIN", 0.05)
    await running.stop()
    seen: list[tuple[int, bool]] = []
    may_connect = asyncio.Event()

    async def look(run: EffectRun) -> None:
        seen.append((run.effect_id, run.guild() is not None))

    def start(executor: EffectExecutor, begin: Any = EffectExecutor.start) -> None:
        executor.handlers["test.look"] = EffectHandler("test.look", look, None)
        begin(executor)

    async def wait(_throttle: IdentifyThrottle, _shard_id: int) -> None:
        await may_connect.wait()

    monkeypatch.setattr(EffectExecutor, "start", start)
    monkeypatch.setattr(IdentifyThrottle, "wait", wait)
    starting = asyncio.create_task(start_guildbase())
    await until(lambda: seen == [(of_nobody, False)])
    database = DatabaseManager(guildbase_sqlite_url)
    async with database.read_session() as session:
        waits = await session.get(OutboxEffect, of_guild)
    await database.close()
    assert waits is not None
    assert waits.attempts == 0
    may_connect.set()
    again = await starting
    assert await again.services.get(Outbox).outcome(of_guild, timeout=30) is EffectState.DONE
    assert seen == [(of_nobody, False), (of_guild, True)]


async def test_an_effect_of_a_guild_that_is_away_is_tried_again(effects: Effects, guild: ScriptedGuild) -> None:
    here = effects.bot.get_guild(guild.id)
    assert here is not None
    run = EffectRun(effects.bot, 1, utcnow(), guild.id, {})
    here.unavailable = True
    with pytest.raises(NoReply):
        run.guild()
    here.unavailable = False
    assert run.guild() is here
    assert replace(run, guild_id=1).guild() is None


async def test_a_rate_limited_effect_is_done_in_the_end_and_only_once(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, discord: Simulator
) -> None:
    discord.limiter.set(RateLimits(everywhere=Limit(2, 0.2)))
    people = [guild.member(f"member_{number}") for number in range(4)]
    for person in people:
        await moderator.slash("warn", user=person, reason="spam")
    for person in people:
        await person.receives_dm(timeout=10)
    await guildbase_bot.work.finish(within=10)
    assert [len(person.dms) for person in people] == [1] * 4
    assert discord.stats.rate_limited > 0


def test_the_declared_effects_of_a_module_are_found() -> None:
    from guildbase.bot.effects import effects_in

    found = {found.kind for found in effects_in(moderation_effects)}
    assert {"moderation.tell_target", "moderation.enforce"} <= found
