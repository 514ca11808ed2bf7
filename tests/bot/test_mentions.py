"""Nothing that a person can write makes the bot ping anybody, whichever way it sends."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web

from guildbase.bot.client import GuildbaseBot
from guildbase.simulator import Person, ScriptedGuild, Simulator
from guildbase.simulator.rest.call import Call
from guildbase.simulator.world.entities import Message
from guildbase.testing.plugin import StartGuildbase
from tests.local_features import LocalFeatures

COG = """
class Echo(BaseCog):
    @hybrid_command()
    async def echo(self, ctx: Context, *, text: str) -> None:
        "Send the text in every way there is."
        answer = await ctx.send(text)
        await answer.edit(content=text + " edited")
        await ctx.reply(text)
        await ctx.channel.send(text)
        await ctx.author.send(text)
        thread = self.bot.get_partial_messageable(ctx.channel.id)
        await thread.send(text)

    @app_commands.command()
    async def pure(self, interaction: discord.Interaction, text: str) -> None:
        "Send the text in every way of a slash command."
        await interaction.response.send_message(text)
        await interaction.followup.send(text)
        await interaction.edit_original_response(content=text + " edited")

    @hybrid_command()
    async def fail(self, ctx: Context, *, text: str) -> None:
        "Fail with the text."
        raise Conflict(text)
"""


@pytest.fixture
def bodies(discord: Simulator, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The bodies of all requests that hold a message's text."""
    seen: list[dict[str, Any]] = []
    read = discord._listener._rest._call

    async def call(request: web.Request, parameters: dict[str, str]) -> Call:
        made = await read(request, parameters)
        body = made.body if isinstance(made.body, dict) else {}
        message = body.get("data") if "callback" in request.path else body
        if isinstance(message, dict) and message.get("content"):
            seen.append(message)
        return made

    monkeypatch.setattr(discord._listener._rest, "_call", call)
    return seen


@pytest.fixture
async def bot(start_guildbase: StartGuildbase, features: LocalFeatures, bodies: list[dict[str, Any]]) -> GuildbaseBot:
    features.write("echo", cog=COG)
    return (await start_guildbase(features_dir=features.folder)).bot


def hostile(guild: ScriptedGuild, victim: Person) -> str:
    return f"@everyone @here {victim.mention} <@&{guild.role('VIP').id}>"


def pinged(discord: Simulator) -> list[Message]:
    """Return the bot's messages that mention more than a single person, ephemeral ones too."""
    sent = [
        it for kept in discord.world.messages.values() for it in kept.values() if it.author_id == discord.bot_user_id
    ]
    assert sent
    return [it for it in sent if it.mention_everyone or it.mention_roles]


async def test_no_way_of_sending_pings_anybody(
    bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, member: Person, bodies: list[dict[str, Any]]
) -> None:
    text = hostile(guild, guild.member("victim"))
    await member.slash("echo", text=text)
    await (await member.slash("pure", text=text)).followed_up()
    await member.slash("fail", text=text)
    await member.says(f"!echo {text}")
    await member.says(f"!fail {text}")
    await member.hears(matching=text)
    await bot.work.finish(within=5)
    assert len(bodies) >= 17
    assert [body for body in bodies if body.get("allowed_mentions", {}).get("parse") != []] == []
    assert [body for body in bodies if body["allowed_mentions"].keys() & {"users", "roles"}] == []


async def test_a_hostile_reason_pings_nobody_wherever_it_is_shown(
    bot: GuildbaseBot, discord: Simulator, guild: ScriptedGuild, moderator: Person, member: Person
) -> None:
    reason = hostile(guild, guild.member("victim"))
    reply = await moderator.slash("warn", user=member, reason=reason)
    await reply.edited(matching="was told")
    await member.receives_dm()
    await moderator.says(f"!warn {member.mention} {reason}")
    await moderator.hears()
    await moderator.says("!case view 1")
    await moderator.says("!cases")
    await moderator.hears(matching=reason)
    await bot.work.finish(within=5)
    assert pinged(discord) == []
