"""The mod-log: every case once, as it is now, with copies of its evidence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guildbase.bot import executor
from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.moderation.controller.evidence import MOST_FILES, EvidenceController, NewEvidence
from guildbase.features.moderation.controller.modlog import ModLogController
from guildbase.services.outbox import EffectState, Outbox, outbox
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.simulator.world.entities import Message
from tests.factories import set_general
from tests.waiting import until

PICTURE = ("proof.png", b"\x89PNG not really")


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "FIRST_RETRY", timedelta(milliseconds=1))
    monkeypatch.setattr(executor, "POLL", 0.02)


class ModLog:
    """The channel, as it is read there."""

    def __init__(self, discord: Simulator, guild: ScriptedGuild) -> None:
        self._discord = discord
        self.channel = next(it for it in guild.guild.channels.values() if it.name == "mod-log")

    @property
    def messages(self) -> list[Message]:
        """What stands there, oldest first."""
        return [*self._discord.world.messages[self.channel.id].values()]

    def text(self, number: int = 0) -> str:
        """All that one of the messages says."""
        return "\n".join(str(it) for it in self.messages[number].embeds)


@pytest.fixture
async def log(guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild) -> ModLog:
    """The mod-log of the server."""
    found = ModLog(discord, guild)
    await set_general(guildbase_bot.services, guild.id, mod_log_channel=found.channel.id)
    return found


async def test_a_case_is_posted_once_and_follows_what_becomes_of_it(
    guildbase_bot: GuildbaseBot, log: ModLog, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await moderator.slash("timeout", user=member, duration="1h", reason="spam @everyone **bold**")
    await until(lambda: len(log.messages) == 1)
    for part in (
        "**Case #1**: timed out",
        member.mention,
        moderator.mention,
        r"spam @everyone \\*\\*bold\\*\\*",
        "Ends",
    ):
        assert part in log.text()
    await moderator.slash("untimeout", user=member, reason="enough")
    await until(lambda: len(log.messages) == 2 and "case #2" in log.text())
    await moderator.slash("case reason", number=1, reason="another reason")
    await until(lambda: "another reason" in log.text())
    assert len(log.messages) == 2


async def test_a_failed_action_is_shown_as_such(
    log: ModLog, discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    with discord.faults.rest("PUT /guilds/*/bans/*", status=403, code=50013):
        await moderator.slash("ban", user=member, reason="spam")
        await until(lambda: len(log.messages) == 1)
    assert "(failed)" in log.text()
    assert "it lacks a permission" in log.text()


async def test_a_hidden_case_is_taken_down_and_comes_back_when_it_is_shown_again(
    log: ModLog, moderator: Person, member: Person
) -> None:
    await moderator.slash("warn", user=member, reason="spam")
    await until(lambda: len(log.messages) == 1)
    await moderator.slash("case hide", number=1)
    await until(lambda: not log.messages)
    await moderator.slash("case unhide", number=1)
    await until(lambda: len(log.messages) == 1)


async def test_a_message_that_somebody_removed_stays_away(
    guildbase_bot: GuildbaseBot, log: ModLog, moderator: Person, member: Person
) -> None:
    await moderator.slash("warn", user=member, reason="spam")
    await until(lambda: len(log.messages) == 1)
    del guildbase_bot  # It learns nothing of it.
    log._discord.world.messages[log.channel.id].clear()
    await moderator.slash("case reason", number=1, reason="another")
    await moderator.slash("warn", user=member, reason="second")
    await until(lambda: len(log.messages) == 1 and "second" in log.text())


async def test_evidence_is_copied_and_found_after_its_link_ran_out(
    guildbase_bot: GuildbaseBot, log: ModLog, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await moderator.slash("ban", user=member, reason="spam", evidence=PICTURE)
    await until(lambda: len(log.messages) == 1 and len(log.messages[0].attachments) == 1)
    copy = log.messages[0].attachments[0]
    assert copy.data == PICTURE[1]
    assert copy.filename == "SPOILER_1-1-proof.png"
    evidence = guildbase_bot.services.get(EvidenceController)

    async def is_kept() -> bool:
        (row,) = await evidence.of(SYSTEM, guild.id, 1)
        return row.message_id == log.messages[0].id

    await until(is_kept)
    again = await evidence.add(SYSTEM, guild.id, 1, [NewEvidence("second.txt", str(_url(log, copy.id)))])
    assert [it.position for it in again] == [1, 2]
    await until(lambda: [it.filename for it in log.messages[0].attachments][1:] == ["SPOILER_1-2-second.txt"])


def _url(log: ModLog, attachment_id: int) -> str:
    attachment = log._discord.world.attachments[attachment_id]
    return f"{log._discord.world.cdn_url}/attachments/{attachment.id}/{attachment.filename}"


async def test_without_a_mod_log_evidence_is_kept_as_its_link_and_nothing_is_posted(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    reply = await moderator.slash("warn", user=member, reason="spam", evidence=PICTURE)
    await until(lambda: "There is no mod-log that keeps the file" in reply.text)
    (row,) = await guildbase_bot.services.get(EvidenceController).of(SYSTEM, guild.id, 1)
    assert (row.filename, row.message_id) == ("proof.png", None)
    await guildbase_bot.work.finish(within=5)
    assert not ModLog(discord, guild).messages


async def test_a_case_takes_as_many_files_as_a_message(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    await moderator.slash("warn", user=member, reason="spam")
    evidence = guildbase_bot.services.get(EvidenceController)
    files = [NewEvidence(f"{number}.png", f"https://cdn.example/{number}") for number in range(MOST_FILES)]
    assert len(await evidence.add(SYSTEM, guild.id, 1, files)) == MOST_FILES
    # The same files again are none that are new.
    assert len(await evidence.add(SYSTEM, guild.id, 1, files)) == MOST_FILES
    with pytest.raises(Exception, match="has 10 files already"):
        await evidence.add(SYSTEM, guild.id, 1, [NewEvidence("one.png", "https://cdn.example/one")])


async def test_promises_that_run_at_the_same_time_post_one_message(
    guildbase_bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    reply = await moderator.slash("warn", user=member, reason="spam")
    await until(lambda: "was told" in reply.text)
    found = ModLog(discord, guild)
    await set_general(guildbase_bot.services, guild.id, mod_log_channel=found.channel.id)
    log = guildbase_bot.services.get(ModLogController)

    async def promise(work: UnitOfWork) -> None:
        for _ in range(5):
            await log.promise(work, guild.id, 1)

    await log.run(SYSTEM, promise)
    promises = guildbase_bot.services.get(Outbox)

    async def are_done() -> bool:
        states = [await promises.state(effect_id) for effect_id in range(2, 7)]
        return all(state is EffectState.DONE for state in states)

    await until(are_done)
    assert len(found.messages) == 1
