"""A raid through a working Discord: noticed, written down, held off, and undone."""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from guildbase.bot import executor
from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.features.antiraid.controller import RaidController, RaiderController
from guildbase.features.antiraid.kinds import Cause, RaidAction, RaiderState, RaidState
from guildbase.features.channels.controller.lockdown import LockdownController
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.services.outbox import outbox
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.simulator.world import guilds, members
from guildbase.simulator.world.entities import User
from tests.factories import member as a_member
from tests.features.setup.scripted import press
from tests.waiting import until

log = logging.getLogger(__name__)


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FIRST_RETRY", timedelta(milliseconds=1))
    monkeypatch.setattr(executor, "POLL", 0.02)


@pytest.fixture
def raids(guildbase_bot: GuildbaseBot) -> RaidController:
    return guildbase_bot.services.get(RaidController)


async def _set(bot: GuildbaseBot, guild: ScriptedGuild, **changes: Any) -> None:
    configuration = bot.services.get(ConfigurationController)
    await configuration.change(SYSTEM, guild.id, "antiraid", changes)
    general = {"mod_log_channel": str(guild.find_channel("mod-log").id)}
    await configuration.change(SYSTEM, guild.id, "guilds", general)


def _raid(discord: Simulator, guild: ScriptedGuild, count: int, *, name: str = "raider") -> list[User]:
    users = [guilds.create_user(discord.world, f"{name}{number}") for number in range(count)]
    for user in users:
        members.join(discord.world, guild.guild, user)
    return users


async def _until_counts(raids: RaidController, guild: ScriptedGuild, **wanted: int) -> None:
    async def is_so() -> bool:
        seen = await raids.see(SYSTEM, guild.id)
        return seen is not None and {state.value: count for state, count in seen.counts.items()} == wanted

    try:
        await until(is_so, timeout=20)
    except TimeoutError:
        seen = await raids.see(SYSTEM, guild.id)
        raise AssertionError(f"wanted {wanted}, found {seen and seen.counts}") from None


async def test_a_raid_is_noticed_acted_on_alerted_and_ends_after_quiet(
    guildbase_bot: GuildbaseBot, guildbase_due_work: None, discord: Simulator, guild: ScriptedGuild,
    moderator: Person, raids: RaidController,
) -> None:  # fmt: skip
    await _set(guildbase_bot, guild, level="lockdown", action="kick", joins=8, alike=50)
    users = _raid(discord, guild, 12)
    await _until_counts(raids, guild, done=12)
    alert = await moderator.hears(in_channel="mod-log", matching="Raid 1")
    assert "many joins in little time" in alert.text
    await until(lambda: not any(user.id in guild.guild.members for user in users))
    locks = guildbase_bot.services.get(LockdownController)

    async def is_locked() -> bool:
        return (await locks.progress(SYSTEM, guild.id)).locked > 0

    await until(is_locked)
    await until(lambda: guild.guild.settings.invites_disabled_until is not None)
    await _quiet(guildbase_bot, guild)

    async def is_over() -> bool:
        seen, progress = await raids.see(SYSTEM, guild.id), await locks.progress(SYSTEM, guild.id)
        is_open = not (progress.is_server_locked or progress.locked or progress.pending)
        return seen is not None and seen.raid.state is RaidState.ENDED and is_open

    await until(is_over)
    await until(lambda: guild.guild.settings.invites_disabled_until is None)
    status = await moderator.slash("antiraid status")
    assert "Raid 1 is over" in status.text
    assert "dealt with: 12" in status.text


async def _quiet(bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    """Let the quiet while pass, which the database's clock measures."""
    async with bot.services.get(DatabaseManager).transaction() as work:
        past = text(
            "UPDATE due_work SET due_at = '2020-01-01 00:00:00.000000' WHERE unique_key = :key AND state = 'pending'"
        )
        result: Any = await work.session.execute(past, {"key": f"antiraid.quiet:{guild.id}"})
        assert result.rowcount == 1


async def test_the_buttons_ban_release_lock_and_end(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, raids: RaidController
) -> None:
    await _set(guildbase_bot, guild, level="watch", joins=5)
    users = _raid(discord, guild, 5)
    await _until_counts(raids, guild, held=5)
    alert = await guild.owner.hears(in_channel="mod-log", matching="Raid 1")
    question = await guild.owner.clicks(alert, _button(alert, "ban"))
    assert "All 5 accounts of raid 1?" in question.text
    await press(question, "confirm")
    await _until_counts(raids, guild, done=5)
    await until(lambda: len(guild.guild.bans) == 5)
    assert set(guild.guild.bans) == {user.id for user in users}
    freed = await guild.owner.clicks(alert, _button(alert, "release"))
    assert "They are being released" in freed.text
    await _until_counts(raids, guild, released=5)
    await until(lambda: not guild.guild.bans)
    locks = guildbase_bot.services.get(LockdownController)
    assert "is being locked" in (await guild.owner.clicks(alert, _button(alert, "lock"))).text

    async def is_locked() -> bool:
        return (await locks.progress(SYSTEM, guild.id)).locked > 0

    await until(is_locked)
    assert "is over" in (await guild.owner.clicks(alert, _button(alert, "end"))).text

    async def is_open() -> bool:
        return not await locks.is_server_locked(guild.id)

    await until(is_open)
    assert "no raid like this" in (await guild.owner.clicks(alert, _button(alert, "lock"))).text


async def test_a_button_works_before_the_raid_knows_of_its_alert(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, raids: RaidController
) -> None:
    await _set(guildbase_bot, guild, level="watch", joins=5)
    _raid(discord, guild, 5)
    alert = await guild.owner.hears(in_channel="mod-log", matching="Raid 1")

    async def is_noted() -> bool:
        return (await raids.get(guild.id, 1)).raid.alert_message_id == int(alert.id)

    await until(is_noted)
    await raids.note(guild.id, 1, alert_channel_id=None, alert_message_id=None)
    assert "is over" in (await guild.owner.clicks(alert, _button(alert, "end"))).text


def _button(message: Any, name: str) -> str:
    items = [item for row in message.components for item in row["components"]]
    return next(str(it["custom_id"]) for it in items if f":{name}:" in str(it["custom_id"]))


async def test_moderators_alone_touch_raids(guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person) -> None:
    raids, raiders = guildbase_bot.services.get(RaidController), guildbase_bot.services.get(RaiderController)
    stranger = a_member(guild.id)
    mere = a_member(guild.id, level=3)
    for attempt in (
        raids.see(stranger, guild.id),
        raids.end(stranger, guild.id),
        raids.order_lock(stranger, guild.id, 1),
        raiders.release(stranger, guild.id, 1),
        raiders.punish(stranger, guild.id, 1, RaidAction.KICK),
        raiders.punish(mere, guild.id, 1, RaidAction.BAN),
    ):
        with pytest.raises(PermissionDenied):
            await attempt


async def test_the_commands_say_what_stands_in_the_way(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    assert "Raids are not watched for" in (await guild.owner.slash("antiraid test")).text
    assert "There is no raid like this" in (await guild.owner.slash("antiraid end")).text
    guild.grant_bot(0)
    reply = await guild.owner.slash("antiraid set", level="lockdown", action="ban")
    for lacking in ("no channel for the alert", "lack Ban Members", "lack Manage Server", "lack Manage Roles"):
        assert lacking in reply.text
    assert "Those who raid get a ban" in (await guild.owner.slash("antiraid status")).text
    guild.grant_bot(8)
    await _set(guildbase_bot, guild)
    assert "I can do all of this" in (await guild.owner.slash("antiraid test")).text
    assert "no longer" in (await guild.owner.slash("antiraid off")).text


async def test_newcomers_who_write_too_much_at_once_are_a_raid(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, raids: RaidController
) -> None:
    await _set(guildbase_bot, guild, level="watch", joins=100, messages=6, alike=50)
    people = [guild.member(name) for name in ("ann", "bea", "cleo")]
    for _ in range(2):
        for person in people:
            await person.says("join my server!!", channel="general")
    await _until_counts(raids, guild, held=3)
    seen = await raids.see(SYSTEM, guild.id)
    assert seen is not None
    assert seen.raid.cause == Cause.MESSAGES


async def test_refusals_of_discord_are_kept_with_each_of_them(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, raids: RaidController
) -> None:
    guild.grant_bot(0)
    await _set(guildbase_bot, guild, level="on", action="ban", joins=4)
    discord.faults.rest("PUT /guilds/{guild_id}/incident-actions", status=403, code=50013)
    _raid(discord, guild, 4)
    await _until_counts(raids, guild, failed=4)


async def test_whoever_comes_while_the_bot_was_away_is_found(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, raids: RaidController
) -> None:
    await _set(guildbase_bot, guild, level="watch", joins=4)
    _raid(discord, guild, 4)
    await _until_counts(raids, guild, held=4)
    watch: Any = guildbase_bot.get_cog("RaidWatch")
    guildbase_bot.remove_listener(watch.on_member_join, "on_member_join")
    _raid(discord, guild, 3, name="late")
    await until(lambda: guildbase_bot.get_guild(guild.id).member_count == len(guild.guild.members))  # type: ignore[union-attr]
    await watch.on_shard_ready(0)
    await _until_counts(raids, guild, held=7)


@pytest.mark.discord(shards=1)
async def test_five_thousand_who_raid_are_all_written_down(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, raids: RaidController
) -> None:
    await _set(guildbase_bot, guild, level="watch")
    began = time.perf_counter()
    users = _raid(discord, guild, 5000)
    sent = time.perf_counter() - began
    await _until_counts(raids, guild, held=5000)
    took = time.perf_counter() - began
    log.info("5,000 joins: made in %.2f s, all written down after %.2f s", sent, took)
    async with guildbase_bot.services.get(DatabaseManager).read_session() as session:
        rows = Counter((await session.execute(text("SELECT user_id FROM raider"))).scalars())
    assert rows == Counter(user.id for user in users)
    seen = await raids.see(SYSTEM, guild.id)
    assert seen is not None
    assert seen.raid.number == 1
    assert set(seen.counts) == {RaiderState.HELD}


async def test_a_crash_between_the_cases_and_their_note_makes_no_second_case(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, raids: RaidController,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    raiders = guildbase_bot.services.get(RaiderController)
    settle, cut_off = raiders._settle, 2

    async def crashing(*args: Any) -> None:
        nonlocal cut_off
        if cut_off:
            cut_off -= 1
            raise ConnectionResetError("cut off")
        await settle(*args)

    monkeypatch.setattr(raiders, "_settle", crashing)
    await _set(guildbase_bot, guild, level="on", action="timeout", joins=6, pause_invites=False)
    _raid(discord, guild, 6)
    await _until_counts(raids, guild, done=6)
    assert cut_off == 0
    async with guildbase_bot.services.get(DatabaseManager).read_session() as session:
        cases = Counter((await session.execute(text("SELECT target_id FROM moderation_case"))).scalars())
        numbers = (await session.execute(text("SELECT case_number FROM raider ORDER BY 1"))).scalars().all()
    assert set(cases.values()) == {1}
    assert list(numbers) == [1, 2, 3, 4, 5, 6]


async def test_a_lock_of_the_staff_outlasts_the_raid(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, raids: RaidController
) -> None:
    locks = guildbase_bot.services.get(LockdownController)
    await locks.lock(SYSTEM, guild.id, None, "by hand")
    await _set(guildbase_bot, guild, level="lockdown", action="none", joins=4, pause_invites=False)
    _raid(discord, guild, 4)
    await _until_counts(raids, guild, held=4)
    await raids.end(SYSTEM, guild.id)
    await guildbase_bot.work.finish(within=5)
    assert await raids.begin(guild.id, (), ()) is None
    assert await locks.is_server_locked(guild.id)
