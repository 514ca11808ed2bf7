"""Too many commands are refused kindly, and nobody is refused who should not be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from guildbase.bot import command_limits
from guildbase.bot.client import GuildbaseBot
from guildbase.services.rate_limits import COMMANDS, FREE, STAFF_COMMANDS, RateLimits
from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.plugin import StartGuildbase
from tests.factories import set_general
from tests.local_features import LocalFeatures

HINTED = """
async def hints(interaction: discord.Interaction, word: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name="hint", value="hint")]

class Hinted(BaseCog):
    @hybrid_command()
    @app_commands.autocomplete(word=hints)
    async def hinted(self, ctx: Context, word: str) -> None:
        "Hints at what may be typed."
        await ctx.send(word)
"""


@pytest.fixture
async def bot(start_guildbase: StartGuildbase) -> GuildbaseBot:
    """A bot with the limit that every operator has who sets none."""
    return (await start_guildbase(command_rate_limit=10, command_rate_window=60)).bot


async def test_an_eleventh_command_in_a_minute_is_refused_to_its_asker_alone(
    bot: GuildbaseBot, member: Person, moderator: Person
) -> None:
    for _ in range(10):
        assert "Pong" in (await member.slash("ping")).text
    refused = await member.slash("ping")
    assert refused.text.startswith("Not so fast. Try again in ")
    assert refused.ephemeral
    # Another person, and the bot's other limits, know nothing of it.
    assert "Pong" in (await moderator.slash("ping")).text
    assert bot.services.get(RateLimits).refused == {COMMANDS.name: 1}


async def test_text_commands_count_too_and_a_flood_of_them_is_answered_once(bot: GuildbaseBot, member: Person) -> None:
    for _ in range(9):
        await member.slash("ping")
    await member.says("!ping")
    assert "Pong" in (await member.hears()).text
    for _ in range(3):
        await member.says("!ping")
    assert (await member.hears()).text.startswith("Not so fast. Try again in ")
    assert (await member.slash("ping")).text.startswith("Not so fast")
    await member.says("What is no command is not counted.")
    assert bot.services.get(RateLimits).refused["command-refusals"] == 2


async def test_moderators_have_more_commands_than_others(
    bot: GuildbaseBot, guild: ScriptedGuild, moderator: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_limits, "STAFF_COMMANDS", replace(STAFF_COMMANDS, limits={FREE: 12}))
    helper = guild.member("helper", roles=["Helper"])
    await set_general(bot.services, guild.id, level_3_role=guild.role("Helper").id)
    for person in (moderator, helper):
        for _ in range(12):
            assert "Pong" in (await person.slash("ping")).text
        assert (await person.slash("ping")).text.startswith("Not so fast")


async def test_owners_of_the_bot_may_always(bot: GuildbaseBot, application_owner: Person) -> None:
    for _ in range(12):
        assert "Pong" in (await application_owner.slash("ping")).text


async def test_what_is_asked_while_a_command_is_typed_is_not_counted(
    start_guildbase: StartGuildbase, features: LocalFeatures, member: Person
) -> None:
    features.write("hinted", cog=HINTED)
    await start_guildbase(features_dir=features.folder, command_rate_limit=1, command_rate_window=60)
    for _ in range(3):
        assert [choice.value for choice in await member.completes("hinted", word="h")] == ["hint"]
    assert (await member.slash("hinted", word="hint")).text == "hint"
    assert (await member.slash("hinted", word="hint")).text.startswith("Not so fast")
