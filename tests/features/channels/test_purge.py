"""Purges through a working Discord, and their filters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.features.channels.controller.purge import PurgeController
from guildbase.features.channels.kinds import Only
from guildbase.features.channels.rules.purge import (
    Filters,
    SeenMessage,
    as_file,
    authors,
    batches,
    message_id_of,
    takes,
)
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.telemetry.models import AuditEntry
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.testing.clock import MovableClock
from tests.factories import member as a_member
from tests.features.setup.scripted import press

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def _message(number: int = 1, **changes: Any) -> SeenMessage:
    given: dict[str, Any] = {
        "message_id": number, "author_id": 7, "author_name": "ada", "is_bot": False, "text": "hello", "created_at": NOW
    }  # fmt: skip
    return SeenMessage(**given | changes)


@pytest.mark.parametrize(
    ("filters", "message", "is_taken"),
    [
        (Filters(), _message(), True),
        (Filters(), _message(is_pinned=True), False),
        (Filters(takes_pins=True), _message(is_pinned=True), True),
        (Filters(user_id=7), _message(), True),
        (Filters(user_id=8), _message(), False),
        (Filters(contains="HELL"), _message(), True),
        (Filters(contains="bye"), _message(), False),
        (Filters(matches=lambda text: text == "hello"), _message(), True),
        (Filters(matches=lambda text: None), _message(), False),
        (Filters(only=Only.BOTS), _message(is_bot=True), True),
        (Filters(only=Only.PEOPLE), _message(is_bot=True), False),
        (Filters(only=Only.LINKS), _message(text="see https://example.org"), True),
        (Filters(only=Only.LINKS), _message(), False),
        (Filters(only=Only.INVITES), _message(text="discord.gg/abc"), True),
        (Filters(only=Only.ATTACHMENTS), _message(has_attachments=True), True),
        (Filters(only=Only.EMBEDS), _message(has_embeds=True), True),
    ],
)
def test_what_a_purge_takes(filters: Filters, message: SeenMessage, is_taken: bool) -> None:
    assert takes(filters, message) is is_taken


def test_filters_that_read_need_to_be_shown_texts() -> None:
    assert Filters(contains="x").reads_text
    assert Filters(only=Only.EMBEDS).reads_text
    assert not Filters(user_id=7, only=Only.BOTS).reads_text


def test_young_messages_go_by_the_hundred_and_old_ones_one_by_one() -> None:
    young = [_message(number) for number in range(250)]
    old = [_message(1000 + number, created_at=NOW - timedelta(days=20)) for number in range(130)]
    plan = batches([*young, *old], NOW)
    assert [len(group) for group in plan.bulk] == [100, 100, 50]
    assert (len(plan.single), plan.left) == (100, 30)
    assert authors([*young, _message(author_id=8)]) == [(7, 250), (8, 1)]
    assert as_file([_message(2, text=""), _message(1)]).splitlines() == [
        "[2026-01-31 00:00:00] ada (7): hello", "[2026-01-31 00:00:00] ada (7): -"
    ]  # fmt: skip


def test_messages_are_named_by_link_or_id() -> None:
    link = "https://discord.com/channels/1/22/1128754567890123457"
    assert message_id_of(link, 22) == message_id_of(" 1128754567890123457 ", 22) == 1128754567890123457
    assert message_id_of(link, 23) is None
    assert message_id_of("newest", 22) is None
    assert message_id_of("9" * 20, 22) is None  # No id of Discord is that large.


def _texts(discord: Simulator, guild: ScriptedGuild) -> list[str]:
    channel = guild.find_channel("general")
    return [it.content for it in discord.world.messages[channel.id].values() if it.visible_to is None]


async def test_a_small_purge_happens_at_once_and_is_audited(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    kept = await member.says("keep me", channel="general")
    for text in ("spam 1", "SPAM 2", "ham"):
        await member.says(text, channel="general")
    pinned = await member.says("spam pinned", channel="general")
    await guild.owner.pins(pinned)
    link = f"https://discord.com/channels/{guild.id}/{guild.find_channel('general').id}/{kept.id}"
    reply = await moderator.slash("purge", count=10, regex="(?i)^spam", after=link, reason="cleaning")
    done = await reply.edited(matching="Deleted 2 messages")
    assert member.mention in done.text
    left = _texts(discord, guild)
    assert {"keep me", "ham", "spam pinned"} <= set(left)
    assert not {"spam 1", "SPAM 2"} & set(left)
    entries = select(AuditEntry).where(col(AuditEntry.guild_id) == guild.id).order_by(col(AuditEntry.audit_id))
    async with guildbase_bot.services.get(DatabaseManager).read_session() as session:
        rows = (await session.execute(entries)).scalars().all()
    (begun, finished) = [row for row in rows if row.action.startswith("channels.purge")]
    assert (begun.reason, begun.details["messages"], begun.details["regex"]) == ("cleaning", 2, "(?i)^spam")
    assert finished.details["deleted"] == 2


async def test_a_large_purge_asks_keeps_the_texts_and_takes_old_ones_one_by_one(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, moderator: Person,
    clock: MovableClock,
) -> None:  # fmt: skip
    configuration = guildbase_bot.services.get(ConfigurationController)
    mine = {"purge_confirm_from": 4, "purge_keeps_texts": True}
    await configuration.change(SYSTEM, guild.id, "channels", mine)
    await configuration.change(SYSTEM, guild.id, "guilds", {"mod_log_channel": str(guild.find_channel("mod-log").id)})
    for text in ("old 1", "old 2"):
        await member.says(text, channel="general")
    clock.advance(days=15)
    for text in ("new 1", "new 2", "new 3"):
        await member.says(text, channel="general")
    question = await moderator.slash("purge", count=100, user=member)
    assert "This deletes 5 messages" in question.text
    assert "2 are older than 14 days" in question.text
    assert "old 1" in _texts(discord, guild)
    done = await (await press(question, "confirm")).edited(matching="Deleted 5 messages")
    assert "The texts are in the mod-log" in done.text
    assert _texts(discord, guild) == []
    log = await guild.owner.hears(in_channel="mod-log", matching="purges 5 messages")
    assert [it.filename for it in log.attachments] == ["purged.txt"]


async def test_what_cannot_be_purged_is_said(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    assert "No message fits" in (await moderator.slash("purge", count=5, only="bots")).text
    assert "is no pattern of RE2" in (await moderator.slash("purge", count=5, regex=r"(a)\1")).text
    assert "is no message of this channel" in (await moderator.slash("purge", count=5, before="that one")).text
    await member.says("hello", channel="general")
    with discord.faults.rest("DELETE /channels/{channel_id}/messages/{message_id}", status=403, code=50013):
        reply = await moderator.slash("purge", count=5)
        assert "does not let me delete" in (await reply.edited(matching="Deleted 0")).text
    with discord.faults.rest("DELETE /channels/{channel_id}/messages/{message_id}", status=404, code=10008):
        reply = await moderator.slash("purge", count=5)
        await reply.edited(matching="Deleted")
    guild.grant_bot(0)
    assert "I may not delete messages here" in (await moderator.slash("purge", count=5)).text


async def test_only_those_who_manage_messages_purge(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    controller = guildbase_bot.services.get(PurgeController)
    with pytest.raises(PermissionDenied):
        controller.require(a_member(guild.id), guild.id)
    with pytest.raises(PermissionDenied):
        await controller.finish(a_member(guild.id), guild.id, guild.find_channel("general").id, {})
    with pytest.raises(InvalidInput):
        await controller.begin(SYSTEM, guild.id, guild.find_channel("general").id, "x" * 1000, {})
