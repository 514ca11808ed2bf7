"""What moderators are answered, and what they may leave to the settings: reasons, durations, texts, places."""

from __future__ import annotations

from typing import Any

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.models import ModerationCase
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.platform.users.controller import UserController
from guildbase.simulator import NotAllowed, Person, ScriptedGuild, Simulator
from guildbase.simulator.payloads import interaction as interaction_event
from guildbase.simulator.world.state import Event
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("guildbase_bot")


async def _set(bot: GuildbaseBot, guild: ScriptedGuild, **values: Any) -> None:
    await bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "moderation", values)


async def _case(bot: GuildbaseBot, guild: ScriptedGuild, number: int = 1) -> ModerationCase:
    return await bot.services.get(ModerationController).get_case(SYSTEM, guild.id, number)


async def test_the_answer_says_until_when_what_it_replaced_and_how_it_ends(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await moderator.slash("timeout", user=member, duration="1h", reason="spam")
    reply = await moderator.slash("timeout", user=member, duration="2h", reason="spam again")
    end = int((await _case(guildbase_bot, guild, 2)).expires_at.timestamp())  # type: ignore[union-attr]
    await until(lambda: "was told" in reply.text)
    assert reply.text == (
        f"Case #2: timed out {member.mention}, who was told by direct message. It ends <t:{end}:f> (<t:{end}:R>). "
        "Case #1 ends with it. `/untimeout` ends it."
    )


async def test_a_text_command_takes_the_duration_before_the_reason(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    lengths = {}
    texts = ('2 days 3 hours spam "in" general', "1h", "spam in general", "until tomorrow 18:00 spam", "3 times spam")
    for number, text in enumerate(texts, start=1):
        await moderator.says(f"!timeout {member.mention} {text}")
        await moderator.hears()
        case = await _case(guildbase_bot, guild, number)
        assert case.expires_at is not None
        lengths[text] = (round((case.expires_at - case.created_at).total_seconds() / 3600), case.reason)
    assert lengths.pop("until tomorrow 18:00 spam")[1] == "spam"
    assert lengths == {
        '2 days 3 hours spam "in" general': (51, 'spam "in" general'),
        "1h": (1, "No reason was given."),
        "spam in general": (1, "spam in general"),
        "3 times spam": (1, "3 times spam"),
    }
    await moderator.says(f"!timeout {member.mention} 10x spam")
    assert (await moderator.hears()).text.startswith("“10x”: not a duration (examples: ")


async def test_nonsense_as_duration_is_refused_with_an_example_and_uses_no_number(
    moderator: Person, member: Person
) -> None:
    for duration in ("nonsense", "-1h", "5", "until yesterday", "99y", "**1x** <@1>"):
        told = (await moderator.slash("timeout", user=member, duration=duration, reason="x")).text
        assert "example" in told
        assert told.startswith("“")
    assert (await moderator.slash("warn", user=member, reason="x")).text.startswith("Case #1:")


async def test_a_clock_is_that_of_who_types(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    users = guildbase_bot.services.get(UserController)
    await users.change_preferences(SYSTEM, moderator.id, {"time_zone": "Asia/Kolkata"})
    await moderator.slash("timeout", user=member, duration="until tomorrow 18:00", reason="x")
    case = await _case(guildbase_bot, guild)
    assert case.expires_at is not None
    assert f"{case.expires_at:%H:%M}" == "12:30"


async def test_reasons_are_picked_from_templates_and_stay_what_they_are(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    text = "Rule {0} of {server}: no **ads**, {reason}"
    await _set(guildbase_bot, guild, reason_templates={"ads": text, "spam": "No spam."})
    offered = await moderator.completes("ban", user=member, reason="")
    assert [it.name for it in offered] == [f"ads: {text}", "spam: No spam."]
    assert [it.value for it in await moderator.completes("warn", user=member, reason="AD")] == ["AD", "ads"]
    await moderator.slash("warn", user=member, reason="ads")
    assert (await _case(guildbase_bot, guild)).reason == text
    assert text in (await member.receives_dm()).text
    assert await moderator.completes("ban", user=member, reason="x" * 101) == []


async def test_admins_keep_reasons_to_pick_from(guild: ScriptedGuild, moderator: Person, member: Person) -> None:
    admin = guild.member("admin", roles=["Admin"])
    assert "There are none yet." in (await admin.slash("reason list")).text
    told = (await admin.slash("reason add", name="ads", text="Rule 4: **no** {ads} @everyone")).text
    assert told == "Kept. Whoever gives the reason “ads” means this text."
    assert r"**ads**: Rule 4: \*\*no\*\* {ads} @everyone" in (await admin.slash("reason list")).text
    await moderator.slash("warn", user=member, reason="ads")
    assert "Rule 4: **no** {ads} @everyone" in (await member.receives_dm()).text
    with pytest.raises(NotAllowed):
        await moderator.slash("reason remove", name="ads")
    assert (await admin.slash("reason remove", name="ads")).text == "Removed. Cases that have it keep it."
    assert (await admin.slash("reason remove", name="ads")).text.startswith("There is no reason “ads”.")
    await admin.says("!reason")
    assert (await admin.hears()).text.startswith("Say what to do. `/reason add`")


async def test_a_reason_is_needed_where_the_server_says_so(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    assert (await moderator.slash("timeout", user=member, duration="1h")).text.startswith("Case #1:")
    await _set(guildbase_bot, guild, is_reason_required=True)
    told = (await moderator.slash("timeout", user=member, duration="1h")).text
    assert told == "This server wants a reason for everything. Say in a few words what happened."


async def test_the_server_says_where_who_and_for_whose_eyes(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    helper = guild.member("helper", roles=["Helper"])
    general = next(it for it in guild.guild.channels.values() if it.name == "general")
    await _set(guildbase_bot, guild, immune_roles=[str(guild.role("Helper").id)], is_public=True)
    for command in ("warn", "kick"):
        told = (await moderator.slash(command, user=helper, reason="x")).text
        assert told.startswith("helper has a role that is never punished here.")
    reply = await moderator.slash("warn", user=member, reason="x")
    assert not reply.ephemeral
    await _set(guildbase_bot, guild, barred_channels=[str(general.id)])
    told = (await moderator.slash("warn", user=member, reason="x")).text
    assert told.startswith("This server does not want moderation in this channel.")
    told = (await moderator.slash("case open", type="scam", user=member, reason="x")).text
    assert told.startswith("This server does not want moderation in this channel.")
    assert (await moderator.slash("warn", user=member, reason="x", in_channel="mod-log")).text.startswith("Case #2:")


async def test_the_server_has_its_own_words_and_says_who_is_told(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    own = "{user}, {moderator} of {server} says: {reason} (#{case}) {0} {user.id} {until}"
    await _set(guildbase_bot, guild, text_warn=own, appeal="Write to Ada.", told=["warn"])
    await moderator.slash("warn", user=member, reason="{server} **x**")
    told = (await member.receives_dm()).text
    expected = f"{member.mention}, moderator of Test Guild says: {{server}} **x** (#1) {{0}} {{user.id}} never"
    assert expected in told
    assert "Write to Ada." in told
    reply = await moderator.slash("timeout", user=member, duration="1h", reason="quietly")
    await until(lambda: "yet to confirm" not in reply.text)
    assert reply.text.startswith(f"Case #2: timed out {member.mention}. It ends")
    silent = await moderator.slash("kick", user=member, reason="x", silent=True)
    await until(lambda: "yet to confirm" not in silent.text)
    assert silent.text == f"Case #3: kicked {member.mention}."
    assert len(member.dms) == 1


async def test_a_ban_deletes_what_was_chosen_or_what_the_server_sets(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await _set(guildbase_bot, guild, ban_delete_days=2)
    wanted = {"person1": (None, 172800), "person2": ("1 hour", 3600), "person3": ("nothing", 0)}
    for number, (name, (chosen, seconds)) in enumerate(wanted.items(), start=1):
        await moderator.slash("ban", user=guild.member(name), reason="x", delete_messages=chosen)
        assert (await _case(guildbase_bot, guild, number)).details == {"delete_seconds": seconds}


async def test_a_ban_that_discord_delivers_twice_is_one_case(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    reply = await moderator.slash("ban", user=member, reason="spam")
    await until(lambda: "yet to confirm" not in reply.text)
    again = interaction_event(discord.world, reply.interaction, [])
    for _ in range(3):
        discord.world.emit(Event("INTERACTION_CREATE", again, guild.id))
    other = guild.member("other")
    assert (await moderator.slash("warn", user=other, reason="next")).text.startswith("Case #2:")
    await guildbase_bot.work.finish(within=10)
    assert len(member.dms) == 1


async def test_who_is_not_there_cannot_be_timed_out_but_banned(
    guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await member.leaves()
    told = (await moderator.slash("timeout", user=member, duration="1h", reason="x")).text
    assert told == "member is not in this server. `/ban` works on people who are not here."
    assert (await moderator.slash("hackban", user=member, reason="x")).text.startswith("Case #1:")
    await until(lambda: member.id in guild.guild.bans)


async def test_a_role_that_is_not_set_is_named(moderator: Person, member: Person) -> None:
    told = (await moderator.slash("jail", user=member, reason="x")).text
    assert told.startswith("This server has not set which role that gives.")


async def test_the_groups_alone_say_how_they_are_used(moderator: Person) -> None:
    for group in ("voice", "mass"):
        await moderator.says(f"!{group}")
        assert (await moderator.hears()).text.startswith("Say what to do. `/")
