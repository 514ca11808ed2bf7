"""A moderator's way through warnings and cases, by slash command and by text."""

from __future__ import annotations

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.moderation.kinds import MAX_REASON
from guildbase.features.moderation.rules import MODERATOR_LEVEL
from guildbase.platform.telemetry.controller import AuditController
from guildbase.platform.telemetry.queries import AuditFilter
from guildbase.simulator import NotAllowed, Permission, Person, ScriptedGuild, Simulator, WrongOption
from guildbase.simulator.payloads import interaction as interaction_event
from guildbase.simulator.payloads import message_event
from guildbase.simulator.world.state import Event
from tests.factories import new_id, set_general

pytestmark = pytest.mark.usefixtures("guildbase_bot")


async def test_a_warning_is_answered_told_and_kept(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    reply = await moderator.slash("warn", user=member, reason="spam in general")
    assert reply.ephemeral
    told = await member.receives_dm()
    assert told.text.splitlines()[0] == "You were warned in Test Guild"
    assert "spam in general" in told.text
    assert "Case #1" in told.text
    await reply.edited(matching="was told")
    assert reply.text == f"Case #1: warned {member.mention}, who was told by direct message."

    shown = await moderator.slash("case view", number=1)
    assert shown.ephemeral
    for part in ("Case #1: warn", member.mention, moderator.mention, "confirmed", "was told", "spam in general"):
        assert part in shown.text
    warnings = AuditFilter(action="moderation.warn")
    (row,) = await guildbase_bot.services.get(AuditController).entries(SYSTEM, guild.id, warnings)
    assert (row.action, row.actor_id, row.target_id) == ("moderation.warn", moderator.id, member.id)
    assert row.correlation_id == str(reply.interaction.id)


async def test_the_same_by_text_command(guild: ScriptedGuild, moderator: Person, member: Person) -> None:
    await moderator.says(f"!warn {member.mention} spam in general")
    answer = await moderator.hears()
    assert "spam in general" in (await member.receives_dm()).text
    await answer.edited(matching="was told")
    assert answer.text == f"Case #1: warned {member.mention}, who was told by direct message."
    await moderator.says("!case view 1")
    assert "spam in general" in (await moderator.hears()).text
    await moderator.says("!cases")
    assert "#1" in (await moderator.hears()).text


async def test_somebody_who_takes_no_direct_messages_is_warned_all_the_same(moderator: Person, member: Person) -> None:
    member.closes_dms()
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="takes no direct messages")
    assert reply.text == f"Case #1: warned {member.mention}, who takes no direct messages, so was not told."
    assert "confirmed; the member takes no direct messages" in (await moderator.slash("case view", number=1)).text
    assert not member.dms


async def test_cases_are_listed_newest_first_and_by_member(
    guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    assert "No cases yet. `/warn` opens one." in (await moderator.slash("cases")).text
    other = guild.member("other")
    for person, reason in ((member, "first"), (other, "second"), (member, "x" * 200)):
        await moderator.slash("warn", user=person, reason=reason)
    lines = (await moderator.slash("cases")).text.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["**#3**", "**#2**", "**#1**"]
    assert lines[1].endswith("x…")
    only = (await moderator.slash("cases", user=other)).text
    assert "second" in only
    assert "first" not in only


async def test_numbers_are_dense_within_a_server_and_its_own(
    discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    elsewhere = discord.guild("Elsewhere", shard=1)
    other_moderator = elsewhere.member("moderator", roles=["Moderator"])
    for number in (1, 2):
        assert (await moderator.slash("warn", user=member, reason="spam")).text.startswith(f"Case #{number}:")
        with pytest.raises(WrongOption):
            await moderator.slash("warn", user=member, reason="x" * (MAX_REASON + 1))
        await moderator.slash("warn", user=moderator, reason="a mistake")
    victim = elsewhere.member("victim")
    assert (await other_moderator.slash("warn", user=victim, reason="spam")).text.startswith("Case #1:")
    assert (await other_moderator.slash("case view", number=2)).text.startswith("There is no case #2 here.")


@pytest.mark.parametrize("number", [7, 2**31 - 1, 2**31, 2**53 - 1])
async def test_a_case_that_is_not_there_is_said_to_be_not_there(moderator: Person, number: int) -> None:
    told = (await moderator.slash("case view", number=number)).text
    assert told == f"There is no case #{number} here. `/cases` lists the cases of this server."


async def test_roles_that_stand_as_high_cannot_be_warned(
    discord: Simulator, guild: ScriptedGuild, moderator: Person
) -> None:
    equal = guild.member("equal", roles=["Moderator"])
    higher = guild.member("higher", roles=["Admin"])
    bot = next(it for it in discord.world.users.values() if it.id == discord.bot_user_id)
    refused = {
        (await moderator.slash("warn", user=equal, reason="x")).text: "equal",
        (await moderator.slash("warn", user=higher, reason="x")).text: "higher",
    }
    assert set(refused) == {f"{name} has a role as high as yours or higher." for name in refused.values()}
    assert (await moderator.slash("warn", user=guild.owner, reason="x")).text == (
        "The owner of the server cannot be moderated."
    )
    assert (await moderator.slash("warn", user=moderator, reason="x")).text == "You cannot moderate yourself."
    assert (await moderator.slash("warn", user=bot, reason="x")).text == "Bots cannot be warned."
    assert (await guild.owner.slash("warn", user=higher, reason="x")).text.startswith("Case #1:")


async def test_members_are_not_offered_the_commands_and_refused_if_they_send_them(
    guild: ScriptedGuild, member: Person
) -> None:
    victim = guild.member("victim")
    with pytest.raises(NotAllowed):
        await member.slash("warn", user=victim, reason="x")
    refusal = (
        "`/{}` takes Timeout Members, or permission level 3. "
        "Ask an admin of this server; `/permissions allow` opens it to you."
    )
    assert (await member.slash("warn", user=victim, reason="x", force=True)).text == refusal.format("warn")
    assert (await member.slash("cases", force=True)).text == refusal.format("cases")
    assert (await member.slash("case view", number=1, force=True)).text == refusal.format("case view")
    await member.says(f"!warn {victim.mention} x")
    assert (await member.hears()).text == refusal.format("warn")
    assert not victim.dms


async def test_a_level_role_makes_a_moderator(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    helper = guild.member("helper", roles=["Helper"])
    await helper.says(f"!warn {member.mention} x")
    assert (await helper.hears()).text.startswith("`/warn` takes Timeout Members, or permission level 3.")
    await set_general(guildbase_bot.services, guild.id, **{f"level_{MODERATOR_LEVEL}_role": guild.role("Helper").id})
    await helper.says(f"!warn {member.mention} x")
    assert (await helper.hears()).text.startswith("Case #1:")


async def test_an_interaction_that_discord_delivers_twice_makes_one_case_and_one_message(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="was told")
    again = interaction_event(discord.world, reply.interaction, [])
    for _ in range(3):
        discord.world.emit(Event("INTERACTION_CREATE", again, guild.id))
    assert (await moderator.slash("warn", user=member, reason="next")).text.startswith("Case #2:")
    await guildbase_bot.work.finish(within=10)
    assert len(member.dms) == 2


async def test_a_text_command_that_is_delivered_twice_makes_one_case(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    message = await moderator.says(f"!warn {member.mention} spam")
    first = await moderator.hears()
    again = message_event(discord.world, discord.world.message(message.channel_id, message.id))
    discord.world.emit(Event("MESSAGE_CREATE", again, guild.id, message.channel_id))
    second = await moderator.hears()
    assert first.text.partition(",")[0] == second.text.partition(",")[0]
    await guildbase_bot.work.finish(within=10)
    assert len(member.dms) == 1


HOSTILE = "**bold** ||spoiler|| `code` [link](https://evil.example) @everyone <@&1128754567890123457>\n# heading"


async def test_what_a_moderator_writes_stays_what_it_is(
    discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    reply = await moderator.slash("warn", user=member, reason=HOSTILE)
    told = await member.receives_dm()
    # In an embed's field nobody is pinged, and the member reads the reason as it was written.
    assert [field["value"] for field in told.embeds[0]["fields"]] == [HOSTILE]
    assert told.content == ""
    assert HOSTILE not in reply.content
    shown = await moderator.slash("case view", number=1)
    assert shown.content == ""
    listed = await moderator.slash("cases")
    assert "\n# heading" not in listed.text
    bot_messages = [
        it for kept in discord.world.messages.values() for it in kept.values() if it.author_id == discord.bot_user_id
    ]
    assert not [it for it in bot_messages if it.mention_everyone or it.mention_roles]


async def test_names_with_markdown_do_not_change_how_a_case_looks(guild: ScriptedGuild, moderator: Person) -> None:
    odd = guild.member("__odd__*name*")
    await moderator.slash("warn", user=odd, reason="spam")
    assert r"\_\_odd\_\_\*name\*" in (await moderator.slash("case view", number=1)).text


@pytest.mark.parametrize("reason", ["x", "x" * MAX_REASON, "ü" * MAX_REASON, "🙂" * 500])
async def test_reasons_up_to_the_limit_are_kept_whole(moderator: Person, member: Person, reason: str) -> None:
    reply = await moderator.slash("warn", user=member, reason=reason)
    assert reply.text.startswith("Case #1:")
    assert reason in (await member.receives_dm()).text
    assert reason in (await moderator.slash("case view", number=1)).text


@pytest.mark.parametrize(
    ("reason", "answer"),
    [
        ("", "`reason` is missing."),
        ("x" * (MAX_REASON + 1), "I do not understand that: value must be between 1 and 1000 characters"),
        ("a\x00b", "The reason holds a character that cannot be stored. Type it again."),
    ],
)
async def test_reasons_that_cannot_be_kept_are_refused_and_use_no_number(
    moderator: Person, member: Person, reason: str, answer: str
) -> None:
    await moderator.says(f"!warn {member.mention} {reason}")
    assert (await moderator.hears()).text.startswith(answer)
    assert (await moderator.slash("warn", user=member, reason="fine")).text.startswith("Case #1:")


async def test_blank_reasons_are_refused(moderator: Person, member: Person) -> None:
    told = (await moderator.slash("warn", user=member, reason="   \n ")).text
    assert told == "A case needs a reason. Say in a few words what happened."


async def test_the_group_alone_says_how_it_is_used(moderator: Person) -> None:
    await moderator.says("!case")
    assert (await moderator.hears()).text == "Say which case. `case view 1` shows the first one."


async def test_it_works_in_servers_only(member: Person) -> None:
    for line in ("!warn member spam", "!cases", "!case view 1"):
        await member.sends_dm(line)
        assert (await member.receives_dm()).text.startswith("This works in servers only.")
    with pytest.raises(NotAllowed):
        await member.slash("warn", user=member, reason="x")


async def test_somebody_who_left_can_still_be_looked_up(
    guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="was told")
    await member.leaves()
    assert "#1" in (await moderator.slash("cases", user=member)).text


async def test_the_bot_needs_no_permission_in_the_channel_to_answer_a_slash_command(
    guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    guild.grant_bot(Permission(0))
    assert (await moderator.slash("warn", user=member, reason="spam")).text.startswith("Case #1:")


async def test_a_number_that_no_case_can_have_is_refused_by_text_too(moderator: Person) -> None:
    await moderator.says("!case view 0")
    assert "value must be" in (await moderator.hears()).text
    await moderator.says(f"!case view {new_id()}")
    assert (await moderator.hears()).text.startswith("There is no case #")
