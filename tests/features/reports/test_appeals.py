"""The way of somebody who was punished: from the message that tells them, through the queue, to its end."""

from __future__ import annotations

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.reports.cog import Reports
from guildbase.features.reports.kinds import Happening, Outcome
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import Person, ScriptedGuild
from tests.features.reports.scripted import entry, queued, takes_reports
from tests.waiting import until


@pytest.fixture(autouse=True)
async def _appeals(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    await takes_reports(guildbase_bot, guild)
    changes = {"has_appeal_button": True}
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "moderation", changes)


async def test_a_banned_person_appeals_by_the_button_and_is_unbanned(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    owner = guild.owner
    await owner.slash("ban", user=member, reason="raid")
    told = await member.receives_dm()
    assert f"/appeal case:{guild.id}-1" in told.text
    await until(lambda: member.is_banned)
    # Nothing of the message is kept in memory, so it works after a restart as well.
    await guildbase_bot.remove_cog("Reports")
    await guildbase_bot.add_cog(Reports(guildbase_bot))
    form = (await told.click("Appeal", by=member)).modal
    assert form is not None
    answer = await form.submit(text="It was my little brother")
    assert answer.text == "Appeal #1 is with the staff. I tell you here how it is decided."
    assert (await told.click("Appeal", by=member)).text.startswith("You have appealed this already.")

    post = await queued(owner, "Appeal #1", channel="appeals")
    for part in ("my little brother", member.mention, "#1"):
        assert part in post.text
    question = (await post.click("Ask", by=owner)).modal
    assert question is not None
    await question.submit(text="Which brother?")
    # Discord delivers nothing to who shares no server with the bot; the staff sees that, and the button still works.
    await post.edited(matching="cannot be told by direct message")
    reply = (await told.click("Appeal", by=member)).modal
    assert reply is not None
    assert reply.title == "Your answer"
    assert "Which brother?" in str(reply.components)
    await reply.submit(text="Bob")
    await post.edited(matching="Bob")
    acceptance = (await post.click("Accept", by=owner)).modal
    assert acceptance is not None
    await acceptance.submit(text="Give him our regards")
    await until(lambda: not member.is_banned)
    await post.edited(matching="closed: accepted")
    await until(lambda: "cannot be told" in post.text.partition("closed it")[2])
    happened = [it.happening for it in (await entry(guildbase_bot, guild)).events]
    unreached = Happening.UNREACHED
    assert happened == [
        Happening.FILED, Happening.ASKED, unreached, Happening.ANSWERED, Happening.CLOSED, unreached,
    ]  # fmt: skip
    shown = await owner.slash("reports list", kind="appeal", state="closed")
    assert "Appeal #1" in shown.text
    assert "accepted" in shown.text


async def test_a_warning_is_appealed_by_command_and_the_appeal_rejected(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="was told")
    other = guild.member("other")
    assert (await other.slash("appeal", case="1", text="Mine?")).text.startswith("There is no case #1 here.")
    assert (await member.slash("appeal", case="seven", text="x")).text.startswith("I do not know which case you mean.")
    sent = await member.slash("appeal", case=f"{guild.id}-1", text="Unfair", privately=True)
    assert sent.text.startswith("Appeal #1 is with the staff.")
    post = await queued(moderator, "Appeal #1", channel="appeals")
    rejection = (await post.click("Reject", by=moderator)).modal
    assert rejection is not None
    await rejection.submit(text="We saw it")
    told = await member.receives_dm(matching="was rejected")
    assert "We saw it" in told.text
    assert (await entry(guildbase_bot, guild)).report.outcome is Outcome.REJECTED
    assert (await member.slash("appeal", case="1", text="Again")).text.startswith("Your appeal was rejected;")


async def test_an_accepted_appeal_strikes_the_warning(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="was told")
    await member.slash("appeal", case="1", text="Unfair")
    shown = await moderator.slash("reports view", number=1)
    acceptance = (await shown.click("Accept")).modal
    assert acceptance is not None
    await acceptance.submit()
    await member.receives_dm(matching="was accepted")
    cases = guildbase_bot.services.get(ModerationController)

    async def is_struck() -> bool:
        return (await cases.get_case(SYSTEM, guild.id, 1)).deleted_at is not None

    await until(is_struck)
    assert "0 points" in (await moderator.slash("warnings", user=member)).text
    assert "accepted" in (await moderator.slash("reports view", number=1)).text


async def test_where_no_appeals_are_taken_the_button_says_so(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    changes = {"appeal_channel": None, "report_channel": None}
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "reports", changes)
    await moderator.slash("warn", user=member, reason="spam")
    told = await member.receives_dm()
    assert (await told.click("Appeal", by=member)).text.startswith("This server takes no appeals here.")
    assert (await member.slash("report", user=moderator, reason="x")).text.startswith("This server takes no reports.")
    assert "Nothing is waiting" in (await moderator.slash("reports list")).text
    await moderator.says("!reports")
    assert (await moderator.hears(matching="Say what to do")).text.startswith("Say what to do.")
