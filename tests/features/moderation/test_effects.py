"""Telling the member: what happens to the case when Discord works, refuses, or is away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guildbase.bot import executor
from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.kinds import CaseState, NoticeState
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.privacy.controller import PrivacyController
from guildbase.platform.privacy.models import ErasureScope
from guildbase.services.outbox import claiming, outbox
from guildbase.simulator import Person, ScriptedGuild, Simulator
from tests.waiting import until

DM = "POST /users/@me/channels"


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FIRST_RETRY", timedelta(milliseconds=1))
    monkeypatch.setattr(executor, "POLL", 0.02)
    monkeypatch.setattr(executor, "UNKNOWN_RETRY", timedelta(milliseconds=1))


async def test_a_short_outage_delays_the_notice_and_loses_nothing(
    guildbase_bot: GuildbaseBot, discord: Simulator, moderator: Person, member: Person
) -> None:
    discord.faults.rest(DM, status=503, times=3)
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="was told by direct message", timeout=10)
    assert len(member.dms) == 1


async def test_the_member_reads_how_to_appeal_where_the_server_says_so(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    appeal = {"appeal": "Write to *Ada* at https://example.org/appeal_form."}
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "moderation", appeal)
    await moderator.slash("warn", user=member, reason="spam")
    assert appeal["appeal"] in (await member.receives_dm()).text


async def test_when_discord_stays_away_the_warning_stands_and_the_case_says_so(
    guildbase_bot: GuildbaseBot,
    guild: ScriptedGuild,
    discord: Simulator,
    moderator: Person,
    member: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    discord.faults.rest(DM, status=503)
    monkeypatch.setattr(claiming, "GIVE_UP_AFTER", timedelta(seconds=0.1))
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="could not be told by direct message", timeout=10)
    case = await guildbase_bot.services.get(ModerationController).get_case(SYSTEM, guild.id, 1)
    assert (case.state, case.notice) == (CaseState.CONFIRMED, NoticeState.FAILED)
    assert not member.dms


async def test_what_discord_refuses_for_good_is_known_at_once(
    guildbase_bot: GuildbaseBot, discord: Simulator, moderator: Person, member: Person
) -> None:
    outage = discord.faults.rest(DM, status=400)
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="could not be told by direct message")
    assert outage.hits == 1


async def test_a_moderator_who_dismissed_the_answer_sees_no_error(
    guildbase_bot: GuildbaseBot, discord: Simulator, moderator: Person, member: Person
) -> None:
    discord.faults.rest(DM, status=503, times=3)
    reply = await moderator.slash("warn", user=member, reason="spam")
    assert reply.message is not None
    del discord.world.messages[reply.message.channel_id][reply.message.id]
    await member.receives_dm()
    await guildbase_bot.work.finish(within=5)
    assert not reply.followups
    assert guildbase_bot.command_counts["warn", "ok"] == 1


async def test_an_account_that_is_gone_counts_as_not_told(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, discord: Simulator, moderator: Person, member: Person
) -> None:
    discord.faults.rest(DM, status=404, code=10013)
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="takes no direct messages")
    case = await guildbase_bot.services.get(ModerationController).get_case(SYSTEM, guild.id, 1)
    assert case.notice is NoticeState.REFUSED


async def test_a_server_that_threw_the_bot_out_is_not_named_but_the_member_is_told(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    # The member and the bot meet in another server, without which Discord would refuse the message.
    discord.guild("Elsewhere").member(member.name)
    handler = guildbase_bot.executor.handlers.pop("moderation.tell_target")
    await moderator.slash("warn", user=member, reason="spam")
    await guild.remove_bot()
    await until(lambda: guildbase_bot.get_guild(guild.id) is None)
    guildbase_bot.executor.handlers["moderation.tell_target"] = handler
    assert (await member.receives_dm()).text.startswith("You were warned in a server")


async def test_somebody_who_was_erased_before_the_notice_is_not_told_and_not_shown(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    handler = guildbase_bot.executor.handlers.pop("moderation.tell_target")
    await moderator.slash("warn", user=member, reason="spam")
    messages = discord.faults.rest(DM, status=503)
    privacy = guildbase_bot.services.get(PrivacyController)
    await privacy.finish(await privacy.request_erasure(SYSTEM, ErasureScope.USER, member.id))
    guildbase_bot.executor.handlers["moderation.tell_target"] = handler
    controller = guildbase_bot.services.get(ModerationController)

    async def is_settled() -> bool:
        return (await controller.get_case(SYSTEM, guild.id, 1)).notice is NoticeState.REFUSED

    await until(is_settled)
    assert messages.hits == 0
    for shown in ((await moderator.slash("case view", number=1)).text, (await moderator.slash("cases")).text):
        assert "(erased)" in shown
        assert str(member.id) not in shown
        assert "spam" not in shown
