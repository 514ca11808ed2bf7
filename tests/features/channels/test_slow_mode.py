"""Slow modes through a working Discord: those that Discord keeps, and those that the bot keeps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from guildbase.bot.client import GuildbaseBot
from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM, GuildSnapshots
from guildbase.database.manager import DatabaseManager
from guildbase.features.channels.controller.slow_mode import SlowModeController
from guildbase.features.channels.snapshot import SlowModes
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.testing.clock import MovableClock
from tests.factories import member as a_member
from tests.factories import new_id
from tests.waiting import until

SIX_HOURS = 21600


@pytest.fixture
def slow_modes(guildbase_bot: GuildbaseBot) -> SlowModeController:
    return guildbase_bot.services.get(SlowModeController)


def _shown(guild: ScriptedGuild) -> int:
    return guild.find_channel("general").rate_limit_per_user


async def _until_shown(guild: ScriptedGuild, seconds: int) -> None:
    await until(lambda: _shown(guild) == seconds)


async def test_a_slow_mode_is_set_listed_and_ended(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    reply = await guild.owner.slash("slowmode set", every="30s")
    assert "waits 30s between messages" in reply.text
    await _until_shown(guild, 30)
    assert "30s" in (await guild.owner.slash("slowmode list")).text
    await guild.owner.slash("slowmode off")
    await _until_shown(guild, 0)
    assert "No channel is slow" in (await guild.owner.slash("slowmode list")).text
    assert "has no slow mode" in (await guild.owner.slash("slowmode off")).text
    for wrong, told in (("40d", "between a second and 30 days"), ("slow", "I do not understand")):
        assert told in (await guild.owner.slash("slowmode set", every=wrong)).text


async def test_beyond_six_hours_the_bot_deletes_what_comes_too_early(
    guildbase_bot: GuildbaseBot, clock: MovableClock, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    reply = await guild.owner.slash("slowmode set", every="1d", channel=guild.find_channel("general"))
    assert "Discord keeps 6 hours" in reply.text
    await _until_shown(guild, SIX_HOURS)
    snapshots = guildbase_bot.services.get(GuildSnapshots)

    async def is_known() -> bool:
        return bool((await snapshots.load(guild.id)).get(SlowModes).seconds)

    await until(is_known)
    await member.says("first", channel="general")
    clock.advance(hours=7)
    await member.says("too early", channel="general")
    told = await member.hears(in_channel="general", matching="this channel is slow")
    assert member.mention in told.text
    channel = guild.find_channel("general")

    def texts() -> list[str]:
        return [it.content for it in guildbase_bot_world(guild).messages[channel.id].values()]

    await until(lambda: "too early" not in texts())
    assert "first" in texts()
    for _ in range(2):
        await moderator.says("staff may", channel="general")
    assert texts().count("staff may") == 2
    clock.advance(hours=18)
    await member.says("late enough", channel="general")
    await until(lambda: "late enough" in texts())


def guildbase_bot_world(guild: ScriptedGuild) -> Any:
    return guild._scene.world


async def test_of_two_messages_at_once_one_is_the_first(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, slow_modes: SlowModeController
) -> None:
    now, day, person = utcnow(), timedelta(days=1), (guild.id, guild.find_channel("general").id, guild.owner.id)
    assert await slow_modes.take_turn(*person, now, day) is None
    assert await slow_modes.take_turn(*person, now + timedelta(hours=1), day) == now + day
    assert await slow_modes.take_turn(*person, now + day, day) is None


async def test_a_slow_mode_for_some_time_gives_back_what_was_before(
    guildbase_bot: GuildbaseBot, guildbase_due_work: None, guild: ScriptedGuild, slow_modes: SlowModeController
) -> None:
    channel = guild.find_channel("general")
    await guild.owner.does("PATCH", f"/channels/{channel.id}", {"rate_limit_per_user": 5})
    await guild.owner.slash("slowmode set", every="1m", duration="2h")
    await _until_shown(guild, 60)
    assert "until" in (await guild.owner.slash("slowmode list")).text
    await _run_out(guildbase_bot, guild)
    await _until_shown(guild, 5)
    await slow_modes.set(SYSTEM, guild.id, channel.id, timedelta(minutes=1), shown=5, duration=timedelta(hours=1))
    await _until_shown(guild, 60)
    # Whoever sets another one by hand meanwhile keeps it.
    await guild.owner.does("PATCH", f"/channels/{channel.id}", {"rate_limit_per_user": 10})
    await _run_out(guildbase_bot, guild)

    async def is_over() -> bool:
        return await slow_modes.of(guild.id, channel.id) is None

    await until(is_over)
    await guildbase_bot.work.finish(within=5)
    assert _shown(guild) == 10


async def _run_out(bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    key = f"channels.end_slow_mode:{guild.id}:{guild.find_channel('general').id}"
    async with bot.services.get(DatabaseManager).transaction() as work:
        past = text(
            "UPDATE due_work SET due_at = '2020-01-01 00:00:00.000000' WHERE unique_key = :key AND state = 'pending'"
        )
        result: Any = await work.session.execute(past, {"key": key})
        assert result.rowcount == 1


async def test_only_those_who_manage_channels_change_slow_modes(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, slow_modes: SlowModeController
) -> None:
    stranger, channel = a_member(guild.id), guild.find_channel("general").id
    for attempt in (
        slow_modes.set(stranger, guild.id, channel, timedelta(minutes=1), shown=0),
        slow_modes.end(stranger, guild.id, channel, shown=0),
        slow_modes.list(stranger, guild.id),
    ):
        with pytest.raises(PermissionDenied):
            await attempt
    with pytest.raises(InvalidInput):
        await slow_modes.set(SYSTEM, guild.id, channel, timedelta(), shown=0)


async def test_the_slow_mode_of_a_deleted_channel_is_forgotten(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, slow_modes: SlowModeController
) -> None:
    channel = guild.find_channel("general")
    await slow_modes.set(SYSTEM, guild.id, channel.id, timedelta(days=1), shown=0, duration=timedelta(days=2))
    await slow_modes.forget(guild.id, new_id())
    await guild.owner.does("DELETE", f"/channels/{channel.id}")

    async def is_forgotten() -> bool:
        return not await slow_modes.list(SYSTEM, guild.id)

    await until(is_forgotten)
    counted = text("SELECT count(*) FROM due_work WHERE kind = 'channels.end_slow_mode' AND state = 'pending'")
    async with guildbase_bot.services.get(DatabaseManager).read_session() as session:
        assert (await session.execute(counted)).scalar_one() == 0


async def test_nobody_is_told_to_wait_for_a_message_that_stays(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person,
    slow_modes: SlowModeController,
) -> None:  # fmt: skip
    channel = guild.find_channel("general")
    await slow_modes.set(SYSTEM, guild.id, channel.id, timedelta(days=1), shown=0)
    await slow_modes.take_turn(guild.id, channel.id, member.id, utcnow(), timedelta(days=1))
    snapshots = guildbase_bot.services.get(GuildSnapshots)

    async def is_known() -> bool:
        return bool((await snapshots.load(guild.id)).get(SlowModes).seconds)

    await until(is_known)
    refused = discord.faults.rest("DELETE /channels/{channel_id}/messages/{message_id}", status=403, code=50013)
    await member.says("too early", channel="general")
    await until(lambda: bool(refused.hits))
    texts = [it.content for it in guildbase_bot_world(guild).messages[channel.id].values()]
    assert texts == ["too early"]
