"""A member's report from the menu to its end, and what the staff does with it."""

from __future__ import annotations

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.reports.kinds import Happening, Outcome, ReportState
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import Person, ScriptedGuild
from tests.features.reports.scripted import entry, queued, takes_reports
from tests.waiting import until


@pytest.fixture(autouse=True)
async def _reports(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    await takes_reports(guildbase_bot, guild)


async def test_a_reported_message_is_queued_with_what_it_said_and_ends_in_a_warning(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    offender = guild.member("offender")
    message = await offender.says("Buy **gold** at evil.example @everyone")
    form = (await member.uses("Report message", on=message)).modal
    assert form is not None
    thanks = await form.submit(text="It is a scam")
    assert thanks.ephemeral
    assert thanks.text == "Thank you. This is report #1; the staff looks into it."
    post = await queued(moderator)
    for part in ("evil.example", "It is a scam", offender.mention, str(message.id)):
        assert part in post.text
    assert post.content == ""

    warning = (await post.click("Warn", by=moderator)).modal
    assert warning is not None
    done = await warning.submit(text="No scams here")
    assert done.text == "#1 is closed with case #1."
    assert "No scams here" in (await offender.receives_dm()).text
    assert "acted on your report" in (await member.receives_dm()).text
    await post.edited(matching="closed: they were warned")
    assert not post.components
    found = await entry(guildbase_bot, guild)
    assert (found.report.outcome, found.report.case_number) == (Outcome.WARNED, 1)
    assert [it.happening for it in found.events] == [Happening.FILED, Happening.CLOSED]


async def test_the_same_message_reported_by_many_is_one_report(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    offender, other = guild.member("offender"), guild.member("other")
    message = await offender.says("rude words")
    for person in (member, other, other):
        form = (await person.uses("Report message", on=message)).modal
        assert form is not None
        answer = await form.submit(text=f"{person.name} is hurt", choice="no" if person is other else "yes")
    assert answer.text.startswith("Thank you. The staff knows of this message already; you joined report #1.")
    post = await queued(moderator)
    await post.edited(matching="other is hurt")
    found = await entry(guildbase_bot, guild)
    assert [it.happening for it in found.events] == [Happening.FILED, Happening.JOINED]
    dismissal = (await post.click("Dismiss", by=moderator)).modal
    assert dismissal is not None
    await dismissal.submit(text="We talked to them.")
    told = await member.receives_dm()
    assert "saw no need to act" in told.text
    assert "We talked to them." in told.text
    await guildbase_bot.work.finish(within=10)
    assert not other.dms


async def test_a_claim_keeps_others_away_until_it_is_given_back(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    offender, second = guild.member("offender"), guild.member("second", roles=["Moderator"])
    await member.slash("report", user=offender, reason="spam")
    post = await queued(moderator)
    assert (await post.click("Claim or release", by=moderator)).text.startswith("#1 is yours now")
    await post.edited(matching="looks into it")
    assert (await post.click("Claim or release", by=second)).text.startswith("moderator looks into this already.")
    assert (await post.click("Claim or release", by=moderator)).text == "#1 is open for others again."
    assert (await post.click("Claim or release", by=second)).text.startswith("#1 is yours now")
    assert (await entry(guildbase_bot, guild)).report.state is ReportState.CLAIMED


async def test_the_staff_asks_and_the_answer_appears_in_the_queue(
    guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await member.slash("report", user=guild.member("offender"), reason="spam")
    post = await queued(moderator)
    form = (await post.click("Ask reporter", by=moderator)).modal
    assert form is not None
    assert (await form.submit(text="Where was it?")).ephemeral
    question = await member.receives_dm()
    assert "Where was it?" in question.text
    reply = (await question.click("Answer", by=member)).modal
    assert reply is not None
    assert (await reply.submit(text="In #general")).text == "Thank you. The staff sees your answer."
    await post.edited(matching="In #general")


async def test_members_cannot_work_through_the_queue(guild: ScriptedGuild, moderator: Person, member: Person) -> None:
    await member.slash("report", user=guild.member("offender"), reason="spam")
    post = await queued(moderator)
    for button in ("Claim or release", "Warn", "Time out", "Ban", "Dismiss", "Ask reporter"):
        refused = await post.click(button, by=member)
        assert refused.text.startswith("Only the staff works through reports and appeals.")


async def test_a_person_is_reported_by_menu_and_by_form_and_timed_out(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    offender, other = guild.member("offender"), guild.member("other")
    form = (await member.uses("Report", on=offender)).modal
    assert form is not None
    await form.submit(text="Insults in voice")
    again = (await other.slash("report", user=offender)).modal
    assert again is not None
    await again.submit(text="Me, too")
    post = await queued(moderator)
    punishment = (await post.click("Time out", by=moderator)).modal
    assert punishment is not None
    refused = await punishment.submit(duration="soonish")
    assert "an example" in refused.text
    punishment = (await post.click("Time out", by=moderator)).modal
    assert punishment is not None
    # The reason is what the first of them wrote, unless the moderator changes it.
    assert (await punishment.submit(duration="2h")).text == "#1 is closed with case #1."
    await until(lambda: (it := offender.membership) is not None and it.timed_out_until is not None)
    assert "Insults in voice" in (await offender.receives_dm()).text


async def test_who_has_left_is_banned_for_a_time_and_a_role_of_the_server_may_dismiss(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    helper, offender, owner = guild.member("helper", roles=["Helper"]), guild.member("offender"), guild.owner
    role = str(guild.role("Helper").id)
    changes = {"staff_roles": [role], "ping_role": role}
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "reports", changes)
    await member.slash("report", user=offender, reason="spam")
    await member.slash("report", user=helper, reason="rude")
    post = await queued(helper)
    assert post.content == f"<@&{role}>"
    assert (await post.click("Claim or release", by=helper)).text.startswith("#1 is yours now")
    assert (await post.click("Claim or release", by=helper)).text == "#1 is open for others again."
    await offender.leaves()
    first, second = await entry(guildbase_bot, guild, 1), await entry(guildbase_bot, guild, 2)
    assert (first.report.target_name, second.report.target_name) == ("offender", "helper")
    shown = await owner.slash("reports view", number=1)
    ban = (await shown.click("Ban")).modal
    assert ban is not None
    assert (await ban.submit(text="Spam bot", duration="7d")).text == "#1 is closed with case #1."
    await until(lambda: offender.is_banned)
    shown = await owner.slash("reports view", number=2)
    dismissal = (await shown.click("Dismiss", by=owner)).modal
    assert dismissal is not None
    assert (await dismissal.submit()).text.startswith("#2 is closed;")
    assert "closed: dismissed" in (await owner.slash("reports view", number=2)).text
