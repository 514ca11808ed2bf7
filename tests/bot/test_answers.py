"""Answers arrive, whatever their length, their timing and what has become of the message."""

from __future__ import annotations

import pytest
from discord import Guild, TextChannel

from guildbase.bot import context
from guildbase.bot.client import GuildbaseBot
from guildbase.simulator import Limit, Person, RateLimits, ScriptedGuild, Simulator
from guildbase.testing.plugin import StartGuildbase
from tests.local_features import LocalFeatures
from tests.waiting import until

SLOW = """
class Slow(BaseCog):
    @hybrid_command()
    async def slow(self, ctx: Context) -> None:
        "Defers at the very moment at which it would be deferred."
        await asyncio.sleep(0.2)
        await ctx.defer()
        await ctx.defer()
        await ctx.send("late but well")
"""


async def test_regression_an_error_longer_than_a_message_is_cut(
    guildbase_bot: GuildbaseBot, application_owner: Person, moderator: Person
) -> None:
    told = await application_owner.slash("cog load", feature="f" * 3000)
    assert told.text.startswith("There is no feature fff")
    assert len(told.text) == 2000
    await moderator.says(f"!warn {'a' * 1985} x")
    assert len((await moderator.hears()).text) <= 2000


async def test_regression_a_command_may_defer_while_it_is_deferred(
    start_guildbase: StartGuildbase, features: LocalFeatures, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "PATIENCE", 0.2)
    features.write("slow", cog=SLOW)
    await start_guildbase(features_dir=features.folder)
    for _ in range(5):
        assert (await member.slash("slow")).text == "late but well"


async def test_regression_a_dismissed_answer_is_no_failure_of_the_warning(
    discord: Simulator, guildbase_bot: GuildbaseBot, moderator: Person, member: Person
) -> None:
    # The notice takes its time, so that the answer is gone before it would be edited.
    discord.limiter.set(RateLimits(routes={"POST /users/@me/channels": Limit(0, 0.5)}))
    reply = await moderator.slash("warn", user=member, reason="spam")
    assert reply.message is not None
    message = discord.world.message(reply.interaction.channel_id, reply.message.id)
    del discord.world.messages[message.channel_id][message.id]
    discord.limiter.set(RateLimits())
    await member.receives_dm(timeout=10)
    await until(lambda: guildbase_bot.command_counts["warn", "ok"] == 1)
    assert guildbase_bot.command_counts["warn", "failed"] == 0
    assert reply.followups == []


async def test_regression_a_permission_in_one_channel_makes_no_moderator(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    helper = guild.member("helper", roles=["Helper"])
    helpers = next(role for role in await server(guildbase_bot, guild).fetch_roles() if role.name == "Helper")
    general = server(guildbase_bot, guild).get_channel(guild.channel("general").id)
    assert isinstance(general, TextChannel)
    await general.set_permissions(helpers, moderate_members=True)
    told = await helper.slash("warn", user=member, reason="because I can")
    assert "takes Timeout Members" in told.text


async def test_regression_a_mention_without_a_space_opens_a_command(
    guildbase_bot: GuildbaseBot, discord: Simulator, member: Person
) -> None:
    for text in (f"<@{discord.bot_user_id}>ping", f"<@{discord.bot_user_id}> ping", "! ping"):
        await member.says(text)
        assert "Pong" in (await member.hears()).text


def server(bot: GuildbaseBot, guild: ScriptedGuild) -> Guild:
    found = bot.get_guild(guild.id)
    assert found is not None
    return found
