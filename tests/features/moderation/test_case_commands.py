"""What staff do with cases, notes and types by command, in one server with one bot."""

from __future__ import annotations

import json

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.clock import utcnow
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.features.moderation.controller import ModerationController
from guildbase.features.moderation.controller.history import CaseChange, HistoryController
from guildbase.features.moderation.kinds import CaseState, CaseType
from guildbase.features.moderation.models import ModerationCase
from guildbase.simulator import Permission, Person, ScriptedGuild
from tests.factories import moderator as moderator_caller
from tests.factories import set_general, target

pytestmark = pytest.mark.usefixtures("guildbase_bot")
SCHEMA = '{"type": "object", "properties": {"points": {"type": "integer"}}, "required": ["points"]}'


async def warn(bot: GuildbaseBot, guild: ScriptedGuild, by: Person, on: Person, *reasons: str) -> None:
    """Open warnings without the bot's messages about them."""
    caller = moderator_caller(guild.id, user_id=by.id, name=by.name)
    for reason in reasons:
        whom = target(user_id=on.id, name=on.name)
        await bot.services.get(ModerationController).open_case(caller, guild.id, whom, reason)


async def test_a_case_is_changed_and_shows_its_history(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await warn(guildbase_bot, guild, moderator, member, "spam")
    assert not (await moderator.slash("case view", number=1)).components
    done = await moderator.slash("case reason", number=1, reason="much *spam*")
    assert done.text == "Case #1 is changed. `/case view 1` shows it."
    assert done.ephemeral
    again = await moderator.slash("case edit", number=1, reason="much *spam*")
    assert again.text.startswith("That changes nothing.")
    shown = await moderator.slash("case view", number=1)
    assert "Changed once; `History` shows how." in shown.text
    history = await shown.click("History")
    assert "`reason`: spam → much \\*spam\\*" in history.text
    assert "Case #1: warning" in (await history.click("Back")).text
    await moderator.says("!case reason 1 by text")
    assert (await moderator.hears()).text.startswith("Case #1 is changed.")


async def test_a_change_without_anything_to_change_is_refused(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await warn(guildbase_bot, guild, moderator, member, "spam")
    assert (await moderator.slash("case edit", number=1)).text.startswith("Say what is to be changed.")
    assert (await moderator.slash("case edit", number=1, duration="soon")).text.startswith("That is no duration:")
    assert "does not last any more" in (await moderator.slash("case edit", number=1, duration="2 days")).text
    told = (await moderator.slash("case edit", number=1, details="x=1")).text
    assert told.startswith("Only cases of a server's own types have details.")


async def test_cases_are_struck_hidden_and_brought_back(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await warn(guildbase_bot, guild, moderator, member, "spam")
    other = guild.member("other", roles=["Helper"])
    await set_general(guildbase_bot.services, guild.id, level_3_role=guild.role("Helper").id)
    assert (await moderator.slash("case delete", number=1)).text.startswith("Only admins may do this.")
    hidden = await guild.owner.slash("case hide", number=1)
    assert hidden.text == "Case #1 is hidden. `/case unhide 1` shows it again."
    assert "only senior moderators see it" in (await guild.owner.slash("case view", number=1)).text
    await other.says("!case view 1")
    assert (await other.hears()).text.startswith("There is no case #1 here.")
    await other.says("!cases")
    assert (await other.hears()).text.endswith("No cases yet. `/warn` opens one.")
    assert (await guild.owner.slash("case unhide", number=1)).text.startswith("Case #1 is changed.")
    await other.says("!cases")
    assert "#1" in (await other.hears()).text


async def test_a_struck_case_leaves_the_lists(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="was told")
    struck = await guild.owner.slash("case delete", number=1, reason="a mistake")
    assert struck.text == "Case #1 is struck. `/case restore 1` brings it back."
    assert "Struck" in (await moderator.slash("case view", number=1)).text
    assert "#1" not in (await moderator.slash("cases", user=member)).text
    assert (await guild.owner.slash("case restore", number=1)).text.startswith("Case #1 is changed.")
    assert "#1" in (await moderator.slash("cases", user=member)).text


async def test_lists_are_turned_by_buttons_and_open_a_case(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await warn(guildbase_bot, guild, moderator, member, *(f"spam {number}" for number in range(1, 13)))
    page = await moderator.slash("cases", user=member)
    assert "**#12**" in page.text
    assert "**#2**" not in page.text
    older = await page.click("Older")
    assert "**#2**" in older.text
    assert "**#12**" not in older.text
    caller = moderator_caller(guild.id, user_id=moderator.id, name=moderator.name)
    await guildbase_bot.services.get(HistoryController).edit(caller, guild.id, 2, CaseChange("scam"))
    opened = await older.select("2")
    assert "Case #2: warning" in opened.text
    assert "Case #2: history" in opened.text
    assert "**#1**" in (await opened.click("Back to the list")).text
    assert "**#12**" in (await opened.click("Newer")).text


async def test_cases_are_searched_by_words_and_filters(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    other = guild.member("other")
    await warn(guildbase_bot, guild, moderator, member, "spam links", "insults")
    await warn(guildbase_bot, guild, moderator, other, "more SPAM")
    found = (await moderator.slash("case search", words="spam")).text
    assert ("#1" in found, "#2" in found, "#3" in found) == (True, False, True)
    only = (await moderator.slash("case search", words="spam", user=other, since="1d")).text
    assert ("#1" in only, "#3" in only) == (False, True)
    assert "No case fits this." in (await moderator.slash("cases", type="ban")).text
    assert "#2" in (await moderator.slash("cases", type="warn", moderator=moderator)).text
    assert "No case fits this." in (await moderator.slash("cases", state="expired")).text
    assert "No case fits this." in (await moderator.slash("cases", until="2020-01-31", source="automod")).text
    wrong = (await moderator.slash("cases", since="yesteryear")).text
    assert wrong == "That is no moment: yesteryear. `7d` means seven days ago; `2026-01-31` is a day."
    assert "warn" in [it.value for it in await moderator.completes("cases", type="war")]


async def test_a_page_that_looked_far_says_so(
    guildbase_bot: GuildbaseBot,
    guild: ScriptedGuild,
    moderator: Person,
    member: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("guildbase.features.moderation.search.MOST_LOOKED_AT", 2)
    await warn(guildbase_bot, guild, moderator, member, "needle", "spam", "spam")
    page = await moderator.slash("case search", words="needle")
    assert "Looked back to case #2; `Older` looks on." in page.text
    assert "**#1**" in (await page.click("Older")).text


async def test_cases_are_exported_to_a_file(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await warn(guildbase_bot, guild, moderator, member, "=1+1", "insults")
    assert (await moderator.slash("case export")).text.startswith("Only admins may do this.")
    reply = await guild.owner.slash("case export", format="json", user=member)
    assert reply.ephemeral
    assert reply.content == "2 cases."
    [file] = reply.shown.attachments
    assert [case["reason"] for case in json.loads(file.data)["cases"]] == ["insults", "=1+1"]
    [file] = (await guild.owner.slash("case export")).shown.attachments
    assert file.filename == "cases.csv"
    assert b'"\'=1+1"' in file.data


async def test_evidence_is_added_and_shown(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await warn(guildbase_bot, guild, moderator, member, "spam")
    done = await moderator.slash("case evidence", number=1, file=("shot.png", b"\x89PNG\r\n\x1a\n"))
    assert done.text.startswith("Case #1 has 1 of the files that show why.")
    assert "shot.png" in (await moderator.slash("case view", number=1)).text


async def test_notes_are_written_listed_and_shown_beside_the_cases(
    guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    assert "No notes on" in (await moderator.slash("note list", user=member)).text
    first = await moderator.slash("note add", user=member, text="asks for *money*")
    assert first.text == f"Note #1 on {member.mention} is written. `/note list` shows all."
    for number in range(2, 8):
        await moderator.slash("note add", user=member, text=f"note {number}")
    page = await moderator.slash("note list", user=member)
    assert "note 7" in page.text
    assert "asks for" not in page.text
    assert "asks for *money*" in (await page.click("Older")).text
    assert (await moderator.slash("note edit", number=7, text="other")).text == "Note #7 is changed."
    beside = (await moderator.slash("cases", user=member)).text
    assert ("other" in beside, "note 4" in beside, "`/note list` shows all." in beside) == (True, False, True)
    assert (await moderator.slash("note delete", number=7)).text.startswith("Note #7 is deleted.")
    assert (await moderator.slash("note delete", number=7)).text.startswith("There is no note #7 here.")
    await moderator.says("!note")
    assert (await moderator.hears()).text.startswith("Say what to do.")


async def test_a_server_makes_types_and_opens_cases_of_them(
    guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    owner = guild.owner
    assert "No types yet." in (await owner.slash("casetype list")).text
    made = await owner.slash(
        "casetype add", name="scam", title="Scam in trade", severity=7, description="cheated", schema=SCHEMA
    )
    assert made.text == "The type scam is there. `/case open scam` opens a case of it."
    assert (await owner.slash("casetype edit", name="scam", severity=8)).text.startswith("The type scam is changed.")
    assert (await owner.slash("casetype edit", name="scam")).text.startswith("That changes nothing.")
    assert "`scam` **Scam in trade** (severity 8, has details): cheated" in (await owner.slash("casetype list")).text
    assert [it.value for it in await moderator.completes("case open", type="sc")] == ["scam"]
    refused = await moderator.slash("case open", type="scam", user=member, reason="cheated", details="points=many")
    assert refused.text.startswith("That cannot be so: details.points:")
    opened = await moderator.slash("case open", type="scam", user=member, reason="cheated", details="points=3")
    assert opened.text == f"Case #1 is open: scam, {member.mention}. `/case view 1` shows it."
    shown = (await moderator.slash("case view", number=1)).text
    for part in ("Case #1: Scam in trade", "8 of 10", '"points": 3'):
        assert part in shown
    assert "scam" in (await moderator.slash("cases", type="scam")).text
    assert (await owner.slash("casetype archive", name="scam")).text.startswith("The type scam is changed.")
    assert await moderator.completes("case open", type="sc") == []
    await owner.says("!casetype")
    assert (await owner.hears()).text.startswith("Say what to do.")


async def test_a_schema_can_be_a_file_and_a_wrong_one_is_refused(guild: ScriptedGuild) -> None:
    owner = guild.owner
    wrong = await owner.slash("casetype add", name="scam", title="Scam", schema="{")
    assert wrong.text.startswith("This is no JSON that can be read")
    large = await owner.slash("casetype add", name="scam", title="Scam", file=("s.json", b" " * 20_000))
    assert large.text.startswith("This file is too large to be a schema.")
    made = await owner.slash("casetype add", name="scam", title="Scam", file=("s.json", SCHEMA.encode()))
    assert made.text.startswith("The type scam is there.")


async def test_all_that_a_case_went_through_is_shown(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    reply = await moderator.slash("warn", user=member, reason="spam")
    await reply.edited(matching="was told")
    values = {
        "case_type": CaseType.TEMPBAN, "state": CaseState.FAILED, "failure": "The bot lacks Ban Members.",
        "expires_at": utcnow(), "ended_at": utcnow(), "ending_case": 7,
    }  # fmt: skip
    async with guildbase_bot.services.get(DatabaseManager).transaction(SYSTEM) as work:
        await ModerationCase.update_many(work.session, guild_id=guild.id, number=1, values=values)
    shown = (await moderator.slash("case view", number=1)).text
    for part in ("temporary ban", "failed", "The bot lacks Ban Members.", "Ends", "Ended", "case #7", "command"):
        assert part in shown
    assert "temporary ban (failed)" in (await moderator.slash("cases")).text


async def test_members_are_refused_all_of_it(guild: ScriptedGuild, member: Person) -> None:
    guild.grant_bot(Permission(0))
    for command, options in (
        ("case reason", {"number": 1, "reason": "x"}),
        ("case export", {}),
        ("note list", {"user": member}),
        ("casetype list", {}),
    ):
        assert "takes" in (await member.slash(command, force=True, **options)).text
