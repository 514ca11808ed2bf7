"""A slow command is deferred before Discord gives it up; a quick one never is."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.typing import EventDict

from guildbase.bot import context
from guildbase.bot.client import GuildbaseBot
from guildbase.simulator import DidNotAnswer, Person, Simulator
from guildbase.simulator.world.entities import CallbackType
from guildbase.testing.plugin import StartGuildbase
from tests.local_features import LocalFeatures

COG = """
class Slow(BaseCog):
    @hybrid_command()
    async def work(self, ctx: Context, seconds: float = 0.0, fail: bool = False) -> None:
        "Work for a while."
        await asyncio.sleep(seconds)
        if fail:
            raise Conflict("The door is locked.", hint="Knock first.")
        await ctx.send("Done.", ephemeral=True)

    @hybrid_command()
    async def public(self, ctx: Context, seconds: float = 0.0) -> None:
        "Answer everyone, late."
        await asyncio.sleep(seconds)
        await ctx.defer()
        await ctx.defer()
        await ctx.send("Done.")

    @app_commands.command()
    async def pure(self, interaction: discord.Interaction, seconds: float = 0.0) -> None:
        "Fail after a while, as a slash command only."
        await asyncio.sleep(seconds)
        raise Conflict("The door is locked.", hint="Knock first.")
"""


@pytest.fixture
async def bot(
    start_guildbase: StartGuildbase, features: LocalFeatures, monkeypatch: pytest.MonkeyPatch
) -> GuildbaseBot:
    monkeypatch.setattr(context, "PATIENCE", 0.1)
    features.write("slow", cog=COG)
    return (await start_guildbase(features_dir=features.folder)).bot


async def test_a_slow_command_is_deferred_and_its_answer_arrives(bot: GuildbaseBot, member: Person) -> None:
    reply = await member.slash("work", seconds=0.3)
    assert reply.interaction.callback == CallbackType.DEFERRED_MESSAGE
    assert (reply.text, reply.ephemeral) == ("Done.", True)
    assert not reply.followups


async def test_a_command_that_defers_by_itself_answers_everyone(bot: GuildbaseBot, member: Person) -> None:
    reply = await member.slash("public")
    assert (reply.text, reply.ephemeral) == ("Done.", False)
    await member.says("!public")
    assert (await member.hears()).text == "Done."


async def test_a_command_that_defers_too_late_finds_it_done(bot: GuildbaseBot, member: Person) -> None:
    assert (await member.slash("public", seconds=0.3)).text == "Done."


async def test_a_quick_command_is_answered_directly(bot: GuildbaseBot, member: Person) -> None:
    reply = await member.slash("work")
    assert reply.interaction.callback == CallbackType.MESSAGE
    assert reply.text == "Done."


@pytest.mark.parametrize("command", ["work", "pure"])
async def test_an_error_after_the_deferral_arrives(bot: GuildbaseBot, member: Person, command: str) -> None:
    options: dict[str, Any] = {"fail": True} if command == "work" else {}
    reply = await member.slash(command, seconds=0.3, **options)
    assert reply.interaction.callback == CallbackType.DEFERRED_MESSAGE
    assert reply.text == "The door is locked. Knock first."


async def test_an_answer_at_the_moment_of_the_deferral_arrives_once(bot: GuildbaseBot, member: Person) -> None:
    for seconds in (0.095, 0.0975, 0.1, 0.1025, 0.105):
        reply = await member.slash("work", seconds=seconds)
        assert reply.text == "Done."
        assert not reply.followups


async def test_text_commands_have_no_deadline(bot: GuildbaseBot, member: Person) -> None:
    await member.says("!work 0.3")
    assert (await member.hears()).text == "Done."


async def test_without_the_deferral_discord_would_have_given_up(
    bot: GuildbaseBot,
    discord: Simulator,
    member: Person,
    monkeypatch: pytest.MonkeyPatch,
    logs: list[EventDict],
) -> None:
    """The far side of these tests is strict: this is what the deferral keeps from happening."""
    monkeypatch.setattr(context, "PATIENCE", 60)
    discord.world.answer_within = 0.2
    with pytest.raises(DidNotAnswer):
        await member.slash("work", seconds=0.4)
    with pytest.raises(DidNotAnswer):
        await member.slash("pure", seconds=0.4)
    await bot.work.finish(within=5)
    # Both errors could no longer be told: that of the late answer, and the one in the command itself.
    assert {line["command"] for line in logs if line["event"] == "error_not_told"} == {"work", "pure"}
