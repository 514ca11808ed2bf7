"""Lockdowns through a working Discord: who is silenced, what comes back, and what stands in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from guildbase.bot import executor
from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import InvalidInput, NotFound, PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.features.channels.cog import lockdown
from guildbase.features.channels.cog.lengths import length
from guildbase.features.channels.controller.lockdown import LockdownController
from guildbase.features.channels.kinds import LockState
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.guilds.controller import GuildController
from guildbase.services.outbox import claiming, outbox
from guildbase.simulator import NotAllowed, Permission, Person, ScriptedGuild, Simulator
from guildbase.simulator.world import guilds
from guildbase.testing.clock import MovableClock
from tests.factories import member as a_member
from tests.waiting import until

SEND = int(Permission.SEND_MESSAGES)
PUT = "PUT /channels/{channel_id}/permissions/{overwrite_id}"


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FIRST_RETRY", timedelta(milliseconds=1))
    monkeypatch.setattr(executor, "POLL", 0.02)


@pytest.fixture
def locks(guildbase_bot: GuildbaseBot) -> LockdownController:
    return guildbase_bot.services.get(LockdownController)


def _shape(guild: ScriptedGuild, name: str = "general") -> dict[int, tuple[int, int, int]]:
    channel = guild.find_channel(name)
    return {it.id: (it.type, int(it.allow), int(it.deny)) for it in channel.overwrites.values()}


async def _overwrite(guild: ScriptedGuild, target: int, *, allow: int = 0, deny: int = 0, kind: int = 0) -> None:
    channel = guild.find_channel("general")
    body = {"type": kind, "allow": str(allow), "deny": str(deny)}
    await guild.owner.does("PUT", f"/channels/{channel.id}/permissions/{target}", body)


async def _settled(locks: LockdownController, guild: ScriptedGuild) -> None:
    async def is_settled() -> bool:
        return not (await locks.progress(SYSTEM, guild.id)).pending

    await until(is_settled)


async def test_a_locked_channel_is_for_the_staff_alone_and_comes_back_exactly(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    vip = guild.role("VIP")
    await _overwrite(guild, vip.id, allow=SEND, deny=int(Permission.ATTACH_FILES))
    before = _shape(guild)
    reply = await guild.owner.slash("lockdown channel", reason="*calm* down")
    done = await reply.edited(matching="is locked. `/unlock`")
    assert done.ephemeral
    with pytest.raises(NotAllowed):
        await member.says("hello", channel="general")
    await moderator.says("still here", channel="general")
    told = await member.hears(in_channel="general", matching="This channel is locked")
    assert r"\*calm\* down" in told.text
    assert _shape(guild)[vip.id][1] == 0
    reply = await guild.owner.slash("unlock")
    await reply.edited(matching="as it was before")
    assert _shape(guild) == before
    await member.says("hello again", channel="general")


async def test_what_others_changed_meanwhile_stays_theirs(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, locks: LockdownController
) -> None:
    vip, channel = guild.role("VIP"), guild.find_channel("general")
    await _overwrite(guild, vip.id, allow=SEND)
    await locks.lock(SYSTEM, guild.id, [channel.id])
    await _settled(locks, guild)
    # Meanwhile an admin denies the role to write, hides the channel from everybody, and removes nothing of ours.
    await _overwrite(guild, vip.id, deny=SEND)
    everyone = _shape(guild)[guild.id]
    await _overwrite(guild, guild.id, allow=everyone[1], deny=everyone[2] | int(Permission.VIEW_CHANNEL))
    await locks.unlock(SYSTEM, guild.id, [channel.id])
    await _settled(locks, guild)
    assert _shape(guild)[vip.id] == (0, 0, SEND)
    assert _shape(guild)[guild.id] == (0, 0, int(Permission.VIEW_CHANNEL))


async def test_the_whole_server_is_locked_with_channels_made_and_deleted_meanwhile(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, locks: LockdownController
) -> None:
    await guild.owner.creates_channel("short-lived")
    alone = guild.find_channel("mod-log")
    await locks.lock(SYSTEM, guild.id, [alone.id], "by itself")
    await _settled(locks, guild)
    before = _shape(guild)
    reply = await guild.owner.slash("lockdown server", reason="raid")
    await reply.edited(matching="The server is locked: ")
    await guild.owner.creates_channel("made-meanwhile")
    made = guild.find_channel("made-meanwhile")

    async def is_made_one_locked() -> bool:
        wish = await locks.wish(guild.id, made.id)
        return wish is not None and not (await locks.progress(SYSTEM, guild.id)).pending

    await until(is_made_one_locked)
    with pytest.raises(NotAllowed):
        await member.says("hello", channel="made-meanwhile")
    await guild.owner.deletes_channel("short-lived")
    status = await guild.owner.slash("lockdown status")
    assert "The whole server is locked." in status.text
    reply = await guild.owner.slash("unlock", what="server")
    await reply.edited(matching="The server is open")
    assert _shape(guild) == before
    await member.says("hello", channel="made-meanwhile")
    left = await locks.locks(SYSTEM, guild.id)
    assert [(it.channel_id, it.reason) for it in left] == [(alone.id, "by itself")]


async def test_a_lock_ends_by_itself_also_within_a_locked_server(
    guildbase_bot: GuildbaseBot,
    guildbase_due_work: None,
    clock: MovableClock,
    guild: ScriptedGuild,
    locks: LockdownController,
) -> None:
    channel, before = guild.find_channel("general"), _shape(guild)
    await locks.lock(SYSTEM, guild.id, [channel.id], duration=timedelta(hours=1))
    await locks.lock(SYSTEM, guild.id, None, duration=timedelta(hours=2))
    await _settled(locks, guild)

    async def row() -> Any:
        return next((it for it in await locks.locks(SYSTEM, guild.id) if it.channel_id == channel.id), None)

    assert (await row()).expires_at is not None
    locked = _shape(guild)
    await _make_due(guildbase_bot, f"channels.unlock:{guild.id}:{channel.id}")

    async def is_the_servers() -> bool:
        return bool((await row()).is_of_server)

    await until(is_the_servers)
    assert _shape(guild) == locked
    await _make_due(guildbase_bot, f"channels.unlock:{guild.id}:server")

    async def is_open() -> bool:
        return await row() is None

    await until(is_open)
    assert _shape(guild) == before


async def _make_due(bot: GuildbaseBot, key: str) -> None:
    """Let the time of due work come, whose clock is the database's."""
    from sqlalchemy import text

    from guildbase.database.manager import DatabaseManager

    async with bot.services.get(DatabaseManager).transaction() as work:
        past = "UPDATE due_work SET due_at = '2020-01-01 00:00:00.000000' WHERE unique_key = :key AND state = 'pending'"
        result: Any = await work.session.execute(text(past), {"key": key})
        assert result.rowcount == 1


async def test_what_discord_refuses_is_told_and_the_others_are_locked(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, locks: LockdownController
) -> None:
    with discord.faults.rest(PUT, status=403, code=50013, times=1):
        reply = await guild.owner.slash("lockdown server")
        done = await reply.edited(matching="The server is locked")
    assert "I may not manage its permissions" in done.text
    progress = await locks.progress(SYSTEM, guild.id)
    assert (len(progress.failed), progress.locked) == (1, 1)
    status = await guild.owner.slash("lockdown status")
    assert "⚠️" in status.text
    # Once more brings the rest there, too.
    reply = await guild.owner.slash("lockdown server")
    await reply.edited(matching="The server is locked: 2")
    assert not (await locks.progress(SYSTEM, guild.id)).failed


async def test_limits_and_outages_only_delay_a_lock(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, locks: LockdownController
) -> None:
    faults = discord.faults.rest(PUT, status=503, times=2), discord.faults.rest(PUT, cut="after", times=1)
    limit = discord.faults.rest(PUT, status=429, retry_after=0.01, times=2)
    await locks.lock(SYSTEM, guild.id, [guild.find_channel("general").id])
    await _settled(locks, guild)
    assert all(fault.hits for fault in (*faults, limit))
    with pytest.raises(NotAllowed):
        await member.says("hello", channel="general")


async def test_when_discord_stays_away_the_channel_is_shown_as_failed(
    guildbase_bot: GuildbaseBot,
    discord: Simulator,
    guild: ScriptedGuild,
    locks: LockdownController,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(claiming, "GIVE_UP_AFTER", timedelta(seconds=0.05))
    discord.faults.rest("GET /channels/{channel_id}", status=400)
    await locks.lock(SYSTEM, guild.id, [guild.find_channel("general").id])
    await _settled(locks, guild)
    ((_, failure),) = (await locks.progress(SYSTEM, guild.id)).failed
    assert "for a long time" in failure


async def test_a_channel_that_is_gone_is_forgotten(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, locks: LockdownController
) -> None:
    with discord.faults.rest("GET /channels/{channel_id}", status=404, code=10003, times=1):
        await locks.lock(SYSTEM, guild.id, [guild.find_channel("general").id])
        await _settled(locks, guild)
    assert not await locks.locks(SYSTEM, guild.id)


async def test_only_those_who_manage_channels_lock_and_nonsense_is_refused(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, locks: LockdownController
) -> None:
    stranger = a_member(guild.id)
    for attempt in (locks.lock(stranger, guild.id, None), locks.unlock(stranger, guild.id, None)):
        with pytest.raises(PermissionDenied):
            await attempt
    with pytest.raises(NotFound, match="Nothing of this is locked"):
        await locks.unlock(SYSTEM, guild.id, None)
    with pytest.raises(InvalidInput, match="10000"):
        await locks.lock(SYSTEM, guild.id, None, "x" * 10_000)
    reply = await guild.owner.slash("lockdown server", duration="soon")
    assert "I do not understand 'soon'" in reply.text
    assert "Nothing of this is locked" in (await guild.owner.slash("unlock")).text
    assert length(" ") is None


async def test_an_older_wish_settles_nothing(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, locks: LockdownController
) -> None:
    channel = guild.find_channel("general")
    handler = guildbase_bot.executor.handlers.pop("channels.settle_lock")
    await locks.lock(SYSTEM, guild.id, [channel.id], "one")
    await locks.lock(SYSTEM, guild.id, [channel.id], "two")
    wish = await locks.wish(guild.id, channel.id)
    assert wish is not None
    assert (wish.reason, wish.generation) == ("two", 2)
    assert not await locks.save(guild.id, channel.id, 1, ())
    assert not await locks.settle(guild.id, channel.id, 1)
    assert not await locks.spread(guild.id, [channel.id])
    (row,) = await locks.locks(SYSTEM, guild.id)
    assert row.state is LockState.PENDING
    guildbase_bot.executor.handlers["channels.settle_lock"] = handler


async def test_roles_that_the_server_names_keep_speaking(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, locks: LockdownController
) -> None:
    speaker = guild.member("speaker", roles=["Speakers"])
    role = guild.role("Speakers")
    configuration = guildbase_bot.services.get(ConfigurationController)
    await configuration.change(SYSTEM, guild.id, "channels", {"lockdown_staff_roles": [str(role.id)]})
    await locks.lock(SYSTEM, guild.id, None)
    await _settled(locks, guild)

    async def is_locked() -> bool:
        return (await locks.progress(SYSTEM, guild.id)).locked > 0

    await until(is_locked)
    await speaker.says("order!", channel="general")


async def test_an_overwrite_that_vanishes_meanwhile_does_not_leave_the_rest_locked(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, locks: LockdownController
) -> None:
    channel, vip = guild.find_channel("general"), guild.role("VIP")
    await _overwrite(guild, vip.id, allow=SEND)
    await locks.lock(SYSTEM, guild.id, [channel.id])
    await _settled(locks, guild)
    with discord.faults.rest(
        "DELETE /channels/{channel_id}/permissions/{overwrite_id}", status=404, code=10009
    ) as gone:
        await locks.unlock(SYSTEM, guild.id, [channel.id])
        await _settled(locks, guild)
    assert gone.hits
    assert not await locks.locks(SYSTEM, guild.id)
    assert _shape(guild)[vip.id][1] == SEND


async def test_what_the_bot_may_not_do_itself_it_says_that_it_cannot_take(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, locks: LockdownController
) -> None:
    guild.grant_bot(int(Permission.VIEW_CHANNEL | Permission.MANAGE_ROLES | Permission.ADD_REACTIONS))
    seeing = {"permissions": str(int(Permission.VIEW_CHANNEL))}
    await guild.owner.does("PATCH", f"/guilds/{guild.id}/roles/{guild.id}", seeing)
    vip = guild.role("VIP")
    await _overwrite(guild, vip.id, allow=SEND)
    await until(lambda: not guildbase_bot.get_guild(guild.id).me.guild_permissions.send_messages)  # type: ignore[union-attr]
    await locks.lock(SYSTEM, guild.id, [guild.find_channel("general").id])
    await _settled(locks, guild)
    ((_, failure),) = (await locks.progress(SYSTEM, guild.id)).failed
    assert "cannot take that from others" in failure


async def test_a_channel_of_another_server_is_not_touched(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, locks: LockdownController
) -> None:
    other = guilds.create_guild(discord.world, "Other", guilds.create_user(discord.world, "boss"))
    await guildbase_bot.services.get(GuildController).join(other.id)
    before = _shape(guild)
    await locks.lock(SYSTEM, other.id, [guild.find_channel("general").id])

    async def has_failed() -> bool:
        return bool((await locks.progress(SYSTEM, other.id)).failed)

    await until(has_failed)
    assert _shape(guild) == before


async def test_what_takes_too_long_is_not_said_to_be_done(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lockdown, "FOLLOWED_FOR", 0.05)
    monkeypatch.setattr(outbox, "FIRST_RETRY", timedelta(minutes=5))
    with discord.faults.rest("GET /channels/{channel_id}", status=503):
        for command in ("lockdown channel", "unlock", "lockdown server"):
            reply = await guild.owner.slash(command)
            await reply.edited(matching="Discord takes its time")
