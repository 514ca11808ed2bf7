"""Many people at once, and the forms of the context menus."""

from __future__ import annotations

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.moderation.cog.mass import MAX_FILE, MOST_PEOPLE, read_people
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.kinds import CaseType
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import NotAllowed, Person, ScriptedGuild, Simulator
from guildbase.simulator.payloads import interaction as interaction_event
from guildbase.simulator.world.state import Event
from tests.factories import new_id
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("guildbase_bot")


async def _types(bot: GuildbaseBot, guild: ScriptedGuild) -> list[CaseType]:
    cases = await bot.services.get(ModerationController).list_cases(SYSTEM, guild.id, limit=100)
    return [case.case_type for case in cases]


async def test_many_are_banned_once_it_is_confirmed_and_who_was_not_is_told_with_the_reason(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, moderator: Person
) -> None:
    people = [guild.member(f"raider{number}") for number in range(12)]
    stranger, equal = guild.member("stranger"), guild.member("equal", roles=["Moderator"])
    await stranger.leaves()
    users = " ".join([*(it.mention for it in people), str(stranger.id), equal.mention, people[0].mention])
    question = await moderator.slash("mass ban", users=users, reason="raid")
    assert question.text.startswith("This is about 14 people: ")
    assert "and 4 more" in question.text
    assert "One is not here." in question.text
    assert not guild.guild.bans
    with discord.faults.rest(f"PUT /guilds/*/bans/{people[1].id}", status=403, code=50013):
        await question.click("Ban them")
        await until(lambda: "Done:" in question.text)
    lines = question.text.splitlines()
    assert lines[0] == "Done: 12 of 14. These were not:"
    assert any(line.startswith(f"{people[1].mention}: Discord does not let the bot do this") for line in lines)
    assert f"{equal.mention}: equal has a role as high as yours or higher." in lines
    assert stranger.id in guild.guild.bans
    assert equal.id not in guild.guild.bans
    assert len(guild.guild.bans) == 12
    assert (await _types(guildbase_bot, guild)).count(CaseType.HACKBAN) == 1


async def test_a_file_names_them_and_a_long_list_of_failures_is_a_file(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, moderator: Person
) -> None:
    people = [guild.member(f"raider{number}") for number in range(11)]
    text = "\ufeff" + "\n".join(f"{it.id}," for it in people)
    question = await moderator.slash("mass kick", file=("raid.txt", text.encode()))
    assert "This is about 11 people" in question.text
    with discord.faults.rest("DELETE /guilds/*/members/*", status=403, code=50013):
        await question.click("Kick them")
        await until(lambda: "Done:" in question.text)
    assert question.text.startswith("Done: 0 of 11. The file has those who were not, and why.")
    assert "11: Discord does not let the bot do this" in question.text
    assert question.message is not None
    assert question.message.attachments[0].filename == "not-done.txt"


async def test_many_are_muted_by_text_with_a_duration(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person
) -> None:
    role = {"mute_role": str(guild.role("Muted").id)}
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "moderation", role)
    people = [guild.member("one"), guild.member("two")]
    await moderator.says(f"!mass mute {people[0].mention}, {people[1].id} 2h flooding the channel")
    question = await moderator.hears()
    await moderator.clicks(question, "Mute them")
    await until(lambda: all("Muted" in it.roles for it in people))
    case = await guildbase_bot.services.get(ModerationController).get_case(SYSTEM, guild.id, 1)
    assert case.reason == "flooding the channel"
    assert case.expires_at is not None
    await until(lambda: "Done: 2 of 2. `/cases` lists them." in question.text)


async def test_what_names_nobody_or_too_many_is_refused(guild: ScriptedGuild, moderator: Person) -> None:
    told = {
        "": "Say whom.",
        "everybody": "“everybody” is neither a mention nor an id.",
        f"{new_id()} and @everyone": "“and @\u200beveryone” is neither a mention nor an id.",
    }
    for users, answer in told.items():
        assert (await moderator.slash("mass kick", users=users or None, reason="x")).text.startswith(answer)
    ids = "\n".join(str(10**17 + number) for number in range(MOST_PEOPLE + 1)).encode()
    files = {
        ids: "Those are 501 people. At most 500",
        b"x" * (MAX_FILE + 1): "The file is too large",
        b"id;name": "“id",
    }
    for data, answer in files.items():
        assert (await moderator.slash("mass kick", file=("ids.txt", data), reason="x")).text.startswith(answer)


async def test_a_cancelled_question_and_a_second_press_do_nothing_more(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    question = await moderator.slash("mass kick", users=member.mention, reason="x")
    await question.click("Cancel")
    assert await _types(guildbase_bot, guild) == []
    helper = guild.member("helper", roles=["Moderator"])
    again = await moderator.slash("mass kick", users=member.mention, reason="x")
    assert again.message is not None
    assert member.membership is not None
    with pytest.raises(NotAllowed):
        await helper.clicks(again, "Kick them")
    await again.click("Kick them")
    await until(lambda: member.membership is None)
    assert await _types(guildbase_bot, guild) == [CaseType.KICK]


def test_people_are_read_up_to_the_first_word_that_is_none() -> None:
    one, two = 1128754567890123457, 1128754567890123458
    assert read_people(f"<@{one}>, <@!{two}>;{one} because 1 2") == ([one, two, one], "because 1 2")
    assert read_people("  ") == ([], "")
    assert read_people(f"{one}x") == ([], f"{one}x")


async def test_the_menus_open_forms_that_act(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person
) -> None:
    first, second, third = (guild.member(name) for name in ("first", "second", "third"))
    form = (await moderator.uses("Warn", on=first)).modal
    assert form is not None
    reply = await form.submit(reason="spam")
    assert reply.text.startswith(f"Case #1: warned {first.mention}")
    form = (await moderator.uses("Time out", on=second)).modal
    assert form is not None
    assert (await form.submit(reason="spam", duration="2h")).text.startswith(f"Case #2: timed out {second.mention}")
    form = (await moderator.uses("Ban", on=third)).modal
    assert form is not None
    await form.submit(reason="")
    await until(lambda: third.id in guild.guild.bans)
    assert await _types(guildbase_bot, guild) == [CaseType.BAN, CaseType.TIMEOUT, CaseType.WARN]
    listed = await moderator.uses("Cases", on=second)
    assert "#2" in listed.text
    assert "#1" not in listed.text


async def test_a_form_that_discord_delivers_twice_acts_once(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    form = (await moderator.uses("Warn", on=member)).modal
    assert form is not None
    reply = await form.submit(reason="spam")
    again = interaction_event(discord.world, reply.interaction, [])
    for _ in range(2):
        discord.world.emit(Event("INTERACTION_CREATE", again, guild.id))
    other = guild.member("other")
    assert (await moderator.slash("warn", user=other, reason="next")).text.startswith("Case #2:")
    await guildbase_bot.work.finish(within=5)
    assert await _types(guildbase_bot, guild) == [CaseType.WARN, CaseType.WARN]
    assert len(member.dms) == 1


async def test_who_may_not_ban_one_may_not_ban_many(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    helper = guild.member("helper", roles=["Helper"])
    await guild.owner.does(
        "PATCH",
        f"/guilds/{guild.id}/roles/{guild.role('Helper').id}",
        {"permissions": str(1 << 40 | 1 << 11 | 1 << 10)},
    )
    told = (await helper.slash("mass ban", users=member.mention, reason="x")).text
    assert told == "You may not do this to anybody here. It takes what `/ban` takes; ask an admin."
    assert (await helper.slash("mass mute", users=member.mention, reason="x")).text.startswith(
        "This is about one person"
    )


async def test_a_refused_form_gives_back_what_was_written(guild: ScriptedGuild, moderator: Person) -> None:
    form = (await moderator.uses("Time out", on=guild.member("first"))).modal
    assert form is not None
    told = (await form.submit(reason="a long story\nof two lines", duration="nonsense")).text
    assert told.startswith("“nonsense”: not a duration")
    assert told.endswith("You wrote:\n>>> a long story\nof two lines")
    with pytest.raises(NotAllowed):
        await guild.member("stranger").uses("Ban", on=moderator)
