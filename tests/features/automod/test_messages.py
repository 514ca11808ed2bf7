"""What becomes of messages: deleted, punished, told to the moderators; each once, whatever Discord repeats."""

from __future__ import annotations

from typing import Any

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.automod.controller import RuleController, ViolationController
from guildbase.features.automod.models import AutomodRule, AutomodViolation
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.kinds import CaseSource, CaseState, CaseType
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import NotAllowed, Permission, Person, ScriptedGuild, Simulator
from guildbase.simulator.payloads import message_event
from guildbase.simulator.world.state import Event
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("guildbase_bot")
DELETE, ALERT = {"type": "delete"}, {"type": "alert"}
BAD = {"type": "words", "words": ["badword"]}


async def _rule(
    bot: GuildbaseBot, guild: ScriptedGuild, trigger: dict[str, Any], *effects: Any, **said: Any
) -> AutomodRule:
    beside: dict[str, Any] = {}
    for name in ("is_dry_run", "is_native", "priority"):
        if name in said:
            beside[name] = said.pop(name)
    document = {"trigger": trigger, "effects": list(effects) or [DELETE], **said}
    data = {"name": trigger["type"], "document": document, **beside}
    return await bot.services.get(RuleController).create(SYSTEM, guild.id, data)


async def _alerts(bot: GuildbaseBot, guild: ScriptedGuild, **changes: Any) -> None:
    settings = {"alert_channel": str(guild.find_channel("mod-log").id), **changes}
    await bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "automod", settings)


async def _violations(bot: GuildbaseBot, guild: ScriptedGuild, count: int) -> list[AutomodViolation]:
    """Wait for so many violations, and return them, newest first."""
    controller = bot.services.get(ViolationController)
    found: list[AutomodViolation] = []

    async def are_there() -> bool:
        found[:] = await controller.list(SYSTEM, guild.id)
        return len(found) >= count

    await until(are_there)
    assert len(found) == count
    return found


async def _case_types(bot: GuildbaseBot, guild: ScriptedGuild) -> list[CaseType]:
    return [case.case_type for case in await bot.services.get(ModerationController).list_cases(SYSTEM, guild.id)]


def _texts(guild: ScriptedGuild) -> list[str]:
    return [message.text for message in guild.messages()]


async def test_a_bad_word_is_deleted_warned_and_told(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person, moderator: Person
) -> None:
    await _alerts(guildbase_bot, guild)
    await _rule(guildbase_bot, guild, BAD, DELETE, {"type": "warn"}, {"type": "points", "amount": 2}, ALERT)
    await member.says("good day")
    await member.says("such a BadWord here")
    alert = await moderator.hears(in_channel="mod-log", matching="A rule was broken")
    for part in (member.mention, "such a BadWord here", "2 points", "delete, warn, points, alert", "#1"):
        assert part in alert.text
    await until(lambda: _texts(guild) == ["good day"])
    (violation,) = await _violations(guildbase_bot, guild, 1)
    assert (violation.points, violation.case_number, violation.matched) == (2, 1, "badword")
    case = await guildbase_bot.services.get(ModerationController).get_case(SYSTEM, guild.id, 1)
    assert (case.case_type, case.source, case.target_id) == (CaseType.WARN, CaseSource.AUTOMOD, member.id)
    assert guildbase_bot.user is not None
    assert case.moderator_id == guildbase_bot.user.id
    assert case.reason == "Automod: words"
    assert (await member.receives_dm()).text.startswith("You were warned")


async def test_who_may_delete_messages_is_spared(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await _rule(guildbase_bot, guild, BAD)
    await guild.owner.says("badword, says the owner")
    await member.says("badword")
    await until(lambda: _texts(guild) == ["badword, says the owner"])
    assert [it.user_id for it in await _violations(guildbase_bot, guild, 1)] == [member.id]


async def test_an_edit_is_judged_too_and_once(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await _rule(guildbase_bot, guild, BAD, {"type": "warn"})
    said = await member.says("harmless")
    await member.edits(said, "now a badword")
    await _violations(guildbase_bot, guild, 1)
    await member.edits(said, "another badword")
    await member.says("badword")
    await _violations(guildbase_bot, guild, 2)
    assert len(await _case_types(guildbase_bot, guild)) == 2


async def test_a_message_that_breaks_several_rules_is_one_case_with_the_strongest_action(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await _alerts(guildbase_bot, guild)
    await _rule(guildbase_bot, guild, BAD, {"type": "warn"}, ALERT)
    await _rule(guildbase_bot, guild, {"type": "caps", "letters": 5}, {"type": "timeout", "duration": "10m"}, ALERT)
    await _rule(guildbase_bot, guild, {"type": "links"}, {"type": "kick"}, is_dry_run=True)
    await member.says("BADWORD HTTPS://EXAMPLE.COM/")
    await _violations(guildbase_bot, guild, 3)
    await until(lambda: len(guild.messages("mod-log")) == 2)
    told = sorted(message.text for message in guild.messages("mod-log"))
    assert told[0].startswith("A rule was broken")
    assert "**words**" in told[0]
    assert "**caps**" in told[0]
    assert told[1].startswith("Dry run")
    assert "Would do\nkick" in told[1]
    assert await _case_types(guildbase_bot, guild) == [CaseType.TIMEOUT]

    async def is_done() -> bool:
        case = await guildbase_bot.services.get(ModerationController).get_case(SYSTEM, guild.id, 1)
        return case.state is CaseState.CONFIRMED

    await until(is_done)
    with pytest.raises(NotAllowed):
        await member.says("am I timed out?")


async def test_a_message_that_is_delivered_twice_is_one_case(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    await _rule(guildbase_bot, guild, BAD, {"type": "warn"})
    said = await member.says("badword")
    await _violations(guildbase_bot, guild, 1)
    message = discord.world.message(guild.find_channel("general").id, said.id)
    discord.world.emit(Event("MESSAGE_CREATE", message_event(discord.world, message), guild.id))
    await member.says("badword again")
    await _violations(guildbase_bot, guild, 2)
    assert len(await _case_types(guildbase_bot, guild)) == 2


async def test_spam_is_deleted_as_a_whole(guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person) -> None:
    await _rule(guildbase_bot, guild, {"type": "spam", "messages": 4, "seconds": 60}, DELETE, {"type": "timeout"})
    other = guild.channel("other")
    for number in range(4):
        await member.says(f"message {number}", channel=None if number % 2 else other)
    await until(lambda: _texts(guild) == [] and guild.messages(other) == [])
    assert await _case_types(guildbase_bot, guild) == [CaseType.TIMEOUT]


async def test_invites_to_this_server_are_welcome(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    await _rule(guildbase_bot, guild, {"type": "invites"})
    elsewhere = discord.guild("Elsewhere", shard=1)
    own, other = await guild.owner.invites(), await elsewhere.owner.invites()
    await member.says(f"come to discord.gg/{own}")
    await member.says(f"or to discord.gg/{other}")
    await until(lambda: _texts(guild) == [f"come to discord.gg/{own}"])


async def test_points_add_up_to_a_timeout(guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person) -> None:
    await _alerts(guildbase_bot, guild, timeout_at=4)
    await _rule(guildbase_bot, guild, BAD, {"type": "points", "amount": 2})
    await member.says("badword")
    await _violations(guildbase_bot, guild, 1)
    assert await _case_types(guildbase_bot, guild) == []
    await member.says("badword once more")
    await _violations(guildbase_bot, guild, 2)
    assert await _case_types(guildbase_bot, guild) == [CaseType.TIMEOUT]


async def test_a_condition_on_points_reads_them(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await _rule(guildbase_bot, guild, BAD, {"type": "points", "amount": 3})
    conditions = [{"type": "points", "above": 2}]
    await _rule(guildbase_bot, guild, BAD | {"words": ["bad"]}, {"type": "warn"}, conditions=conditions)
    await member.says("bad")
    await member.says("badword")
    await _violations(guildbase_bot, guild, 1)
    await member.says("bad")
    assert [it.rule_number for it in await _violations(guildbase_bot, guild, 2)] == [2, 1]


async def test_replies_roles_and_slowmode_are_done_and_refusals_are_noted(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    guild.grant_bot(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.MANAGE_CHANNELS)
    role = guild.role("VIP")
    effects = [
        {"type": "reply", "text": "@everyone please stop"},
        {"type": "dm", "text": "please stop"},
        {"type": "add_role", "role": str(role.id)},
        {"type": "slowmode", "seconds": 15},
    ]
    await _rule(guildbase_bot, guild, BAD, *effects)
    await member.says("badword")
    assert (await member.hears(matching="please stop")).text == f"{member.mention} @everyone please stop"
    assert (await member.receives_dm()).text == "**Test Guild**: please stop"
    await until(lambda: guild.find_channel("general").rate_limit_per_user == 15)

    async def is_noted() -> bool:
        (violation,) = await _violations(guildbase_bot, guild, 1)
        return violation.outcome == "Discord did not let me do this: add role."

    await until(is_noted)


async def test_a_case_that_moderation_refuses_keeps_nothing_else_from_being_done(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    guild.grant_bot(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.MANAGE_MESSAGES)
    await _rule(guildbase_bot, guild, BAD, DELETE, {"type": "ban"})
    await member.says("badword")
    await until(lambda: _texts(guild) == [])
    (violation,) = await _violations(guildbase_bot, guild, 1)
    assert violation.case_number is None
    assert violation.outcome != ""


async def test_trusted_people_are_spared(guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person) -> None:
    await _rule(guildbase_bot, guild, BAD)
    await guild.owner.slash("blocklist trust", user=member)
    await member.says("badword")
    await guild.member("other").says("badword of another")
    await until(lambda: _texts(guild) == ["badword"])
    await _alerts(guildbase_bot, guild, spares_trusted=False)
    await member.says("badword again")
    await until(lambda: _texts(guild) == ["badword"])
    await _alerts(guildbase_bot, guild, is_on=False)
    await member.says("badword at last")
    await _violations(guildbase_bot, guild, 2)


async def test_a_rule_gives_nobody_the_rights_of_staff(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    staff, plain = guild.role("Moderator"), guild.role("VIP")
    effects = [{"type": "add_role", "role": str(role.id)} for role in (staff, plain)]
    await _rule(guildbase_bot, guild, BAD, *effects)
    await member.says("badword")
    await until(lambda: plain.id in guild.guild.members[member.id].roles)
    assert staff.id not in guild.guild.members[member.id].roles


async def test_an_alert_never_goes_to_another_server(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    other = discord.guild("Other Guild")
    for place in (other, guild):
        alert = {"type": "alert", "channel": str(place.find_channel("general").id)}
        await _rule(guildbase_bot, guild, BAD, alert, is_dry_run=place is other)
    await member.says("badword")
    await until(lambda: len(guild.messages()) == 2)
    assert not [it for it in other.messages() if "badword" in it.text]


async def test_what_is_forwarded_is_judged_and_what_nobody_wrote_is_not(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    guild.guild.settings.system_channel_id = guild.find_channel("general").id
    await _rule(guildbase_bot, guild, {"type": "new_member", "age": "1d"}, ALERT)
    await _rule(guildbase_bot, guild, BAD, {"type": "points"})
    newcomer, other = guild.member("newcomer"), guild.channel("other")
    sent = await guild.owner.says("badword", channel=other)
    reference = {"type": 1, "message_id": str(sent.id), "channel_id": str(other.id), "guild_id": str(guild.id)}
    path = f"/channels/{guild.find_channel('general').id}/messages"
    await newcomer.does("POST", path, {"message_reference": reference})
    found = await _violations(guildbase_bot, guild, 2)
    assert {it.rule_name: it.excerpt for it in found} == {"words": "badword", "new_member": "badword"}
