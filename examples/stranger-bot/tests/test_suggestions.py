"""The bot from the first command to the last, with real people's rights."""

from __future__ import annotations

import pytest

from guildbase.simulator import Person, ScriptedGuild, SeenMessage, WrongOption
from guildbase.testing.bots import RunBot
from suggestion_bot import CHANNEL, SuggestionBot


@pytest.fixture(autouse=True)
async def bot(run_bot: RunBot, guild: ScriptedGuild) -> SuggestionBot:
    guild.channel(CHANNEL)
    return await run_bot(SuggestionBot())


async def suggested(member: Person, text: str = "More cake") -> SeenMessage:
    form = (await member.slash("suggest")).modal
    assert form is not None
    await form.submit(your_suggestion=text)
    return await member.hears(in_channel=CHANNEL)


async def test_a_suggestion_is_accepted_and_its_author_told(guild: ScriptedGuild, member: Person) -> None:
    suggestion = await suggested(member)
    assert "More cake" in suggestion.text
    assert list(suggestion.reactions) == ["👍"]
    accepted = await guild.owner.clicks(suggestion, "Accept")
    assert accepted.embeds[0]["title"] == "Accepted by Owner"
    assert (await member.receives_dm()).text == "Your suggestion was accepted: More cake"
    assert suggestion.components == []


async def test_only_the_staff_decides(member: Person) -> None:
    refused = await member.clicks(await suggested(member), "Accept")
    assert refused.ephemeral
    assert refused.text == "Only the staff decides."


async def test_closed_direct_messages_are_told(guild: ScriptedGuild, member: Person) -> None:
    member.closes_dms()
    accepted = await guild.owner.clicks(await suggested(member), "Accept")
    assert (await accepted.followed_up()).text == "They take no direct messages."


async def test_without_the_channel_it_says_so(guild: ScriptedGuild, member: Person) -> None:
    await guild.owner.deletes_channel(CHANNEL)
    form = (await member.slash("suggest")).modal
    assert form is not None
    with pytest.raises(WrongOption, match="takes 5 to 500 characters"):
        await form.submit(your_suggestion="Cake")
    assert (await form.submit(your_suggestion="More cake")).text == f"I cannot write in #{CHANNEL}."


async def test_buttons_work_after_a_restart(
    bot: SuggestionBot, run_bot: RunBot, guild: ScriptedGuild, member: Person
) -> None:
    suggestion = await suggested(member)
    await bot.close()
    await run_bot(SuggestionBot())
    await guild.owner.clicks(suggestion, "Accept")
    assert (await member.receives_dm()).text.endswith("More cake")
