"""Every error of every kind of command is told in the same words, and nothing of our inside is."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from discord.ext import commands
from structlog.typing import EventDict

from guildbase.bot.client import GuildbaseBot
from guildbase.bot.errors import explain
from guildbase.core.clock import utcnow
from guildbase.core.errors import Conflict
from guildbase.core.ports import SYSTEM
from guildbase.platform.telemetry.controller import UsageController
from guildbase.simulator import Permission, Person, ScriptedGuild
from guildbase.simulator.world.entities import Overwrite
from guildbase.testing.plugin import StartGuildbase
from tests.local_features import LocalFeatures
from tests.waiting import until

SECRET = "hunter2-the-database-password"
COG = f"""
class Trouble(BaseCog):
    @hybrid_command()
    async def refuse(self, ctx: Context) -> None:
        "Fail as expected."
        raise Conflict("The door is locked.", hint="Knock first.")

    @hybrid_command()
    async def crash(self, ctx: Context) -> None:
        "Fail unexpectedly."
        raise RuntimeError("postgresql://bot:{SECRET}@db/main refused")

    @hybrid_command()
    async def late(self, ctx: Context) -> None:
        "Fail after the answer."
        await ctx.send("Working on it.")
        raise Conflict("The door is locked.", hint="Knock first.")

    @app_commands.command()
    async def pure(self, interaction: discord.Interaction, how: str) -> None:
        "Fail in a command that is a slash command only."
        if how == "late":
            await interaction.response.send_message("Working on it.")
        if how == "crash":
            raise RuntimeError("{SECRET}")
        raise Conflict("The door is locked.", hint="Knock first.")

    @app_commands.command()
    async def pure_fine(self, interaction: discord.Interaction) -> None:
        "Works."
        await interaction.response.send_message("Fine.")

    @app_commands.command()
    @app_commands.checks.has_permissions(ban_members=True)
    async def pure_ban(self, interaction: discord.Interaction) -> None:
        "Needs a permission."

    @hybrid_command()
    @commands.has_permissions(ban_members=True, manage_guild=True)
    async def exile(self, ctx: Context) -> None:
        "Needs permissions."

    @hybrid_command()
    @commands.bot_has_permissions(manage_roles=True)
    async def give(self, ctx: Context) -> None:
        "Needs a permission of the bot."

    @hybrid_command()
    @commands.cooldown(1, 60)
    async def slow(self, ctx: Context) -> None:
        "Has a cooldown."
        await ctx.send("Once.")

    @hybrid_command()
    @commands.is_owner()
    async def owned(self, ctx: Context) -> None:
        "For owners."

    @hybrid_command()
    @commands.guild_only()
    async def here(self, ctx: Context) -> None:
        "For servers."

    @hybrid_command()
    @commands.check(lambda ctx: False)
    async def never(self, ctx: Context) -> None:
        "For nobody."

    @hybrid_command()
    async def count(self, ctx: Context, number: commands.Range[int, 1, 9], who: discord.Member) -> None:
        "Takes arguments."

    @hybrid_command()
    async def forbidden(self, ctx: Context) -> None:
        "Ask Discord for what the bot may not do."
        await ctx.guild.create_text_channel("new")

    @hybrid_command()
    async def server(self, ctx: Context) -> None:
        "Use the guild."
        await ctx.send(self.guild(ctx).name)
"""
OWN_WORDS = {
    "refuse": "The door is locked. Knock first.",
    "exile": "You need the permission Ban Members, Manage Guild for this. Ask an admin of this server.",
    "give": "I lack the permission Manage Roles. Ask an admin of this server to give it to my role.",
    "owned": "Only the bot's owners may do this.",
    "never": "You may not use this command here.",
    "forbidden": "Discord does not let me do that: Missing Permissions. Check my role and permissions.",
}
ERROR_ID = re.compile(r"Something went wrong on our side\. Tell the bot's operator this id: `([0-9a-f]{12})`")


@pytest.fixture
async def bot(start_guildbase: StartGuildbase, features: LocalFeatures, guild: ScriptedGuild) -> GuildbaseBot:
    features.write("trouble", cog=COG)
    guild.grant_bot(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.READ_MESSAGE_HISTORY)
    return (await start_guildbase(features_dir=features.folder)).bot


@pytest.mark.parametrize("command", OWN_WORDS)
async def test_slash_and_text_commands_explain_an_error_in_the_same_words(
    bot: GuildbaseBot, member: Person, logs: list[EventDict], command: str
) -> None:
    reply = await member.slash(command)
    assert (reply.text, reply.ephemeral) == (OWN_WORDS[command], True)
    await member.says(f"!{command}")
    assert (await member.hears()).text == OWN_WORDS[command]
    assert bot.command_counts[command, "refused"] == 2
    assert not [line for line in logs if line["log_level"] in ("error", "critical")]


@pytest.mark.parametrize(("command", "options"), [("crash", {}), ("pure", {"how": "crash"})])
async def test_an_unexpected_error_gives_the_user_the_id_that_is_in_the_log_and_nothing_more(
    bot: GuildbaseBot, member: Person, logs: list[EventDict], command: str, options: dict[str, Any]
) -> None:
    reply = await member.slash(command, **options)
    told = ERROR_ID.fullmatch(reply.text)
    assert told is not None
    assert reply.ephemeral
    logged = next(line for line in logs if line["event"] == "command_failed")
    assert (logged["error_id"], logged["command"]) == (told[1], command)
    assert isinstance(logged["exc_info"], RuntimeError)


async def test_an_unexpected_error_of_a_text_command_is_told_the_same_way(
    bot: GuildbaseBot, member: Person, logs: list[EventDict]
) -> None:
    await member.says("!crash")
    told = ERROR_ID.fullmatch((await member.hears()).text)
    assert told is not None
    assert next(line for line in logs if line["event"] == "command_failed")["error_id"] == told[1]
    assert bot.command_counts["crash", "failed"] == 1


async def test_every_use_of_a_command_is_counted_once_for_the_guild(
    bot: GuildbaseBot, member: Person, guild: ScriptedGuild
) -> None:
    for command in ("server", "refuse", "crash", "pure_fine"):
        await member.slash(command)
    for how in ("refuse", "crash"):
        await member.slash("pure", how=how)
    for line in ("!server", "!refuse", "!crash", "!nosuch"):
        await member.says(line)
    await until(lambda: bot.command_counts["crash", "failed"] == 2 and bot.command_counts["server", "ok"] == 2)
    await until(lambda: bot.command_counts["pure_fine", "ok"] == 1)
    today = utcnow().date()
    found = await bot.services.get(UsageController).usage(SYSTEM, guild.id, today, today)
    assert {(one.command, one.used, one.failed) for one in found} == {
        ("server", 2, 0), ("refuse", 2, 0), ("crash", 2, 2), ("pure", 2, 1), ("pure_fine", 1, 0),
    }  # fmt: skip


async def test_an_error_after_the_answer_still_arrives(bot: GuildbaseBot, member: Person) -> None:
    for reply in (await member.slash("late"), await member.slash("pure", how="late")):
        assert reply.text == "Working on it."
        followup = await reply.followed_up()
        assert followup.text == "The door is locked. Knock first."
        assert followup.ephemeral


async def test_a_slash_only_command_explains_its_errors_too(bot: GuildbaseBot, member: Person) -> None:
    assert (await member.slash("pure", how="refuse")).text == "The door is locked. Knock first."
    told = (await member.slash("pure_ban")).text
    assert told == "You need the permission Ban Members for this. Ask an admin of this server."


async def test_a_cooldown_says_how_long(bot: GuildbaseBot, member: Person) -> None:
    assert (await member.slash("slow")).text == "Once."
    assert re.fullmatch(r"Not so fast\. Try again in \d\d s\.", (await member.slash("slow")).text)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("!count", "`number` is missing. `help` and the command's name show how it is used."),
        ("!count 5", "`who` is missing. `help` and the command's name show how it is used."),
        ("!count five x", 'I do not understand that: Converting to "int" failed for parameter "number".'),
        ("!count 10 x", "I do not understand that: value must be between 1 and 9 but received 10"),
        ("!count 5 nobody", 'I do not understand that: Member "nobody" not found.'),
        ('!count "5', 'I do not understand that: Expected closing ".'),
    ],
)
async def test_a_missing_or_wrong_argument_is_named(
    bot: GuildbaseBot, member: Person, logs: list[EventDict], line: str, answer: str
) -> None:
    await member.says(line)
    assert (await member.hears()).text == answer
    assert not [line for line in logs if line["event"] == "command_failed"]


async def test_what_works_in_servers_only_says_so_in_a_direct_message(bot: GuildbaseBot, member: Person) -> None:
    await member.sends_dm("!here")
    assert (await member.receives_dm()).text == "This works in servers only."
    await member.sends_dm("!server")
    told = (await member.receives_dm()).text
    assert told == "This works in servers only. Use it in a channel of a server."


async def test_no_answer_and_no_label_ever_holds_what_the_error_said(
    bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    await member.says("!crash")
    await member.hears()
    reply = await member.slash("crash")
    told = [reply.text, *(message.text for message in guild.messages())]
    assert not [text for text in told if SECRET in text or "RuntimeError" in text or "Traceback" in text]


async def test_an_unknown_text_command_is_not_answered(bot: GuildbaseBot, guild: ScriptedGuild, member: Person) -> None:
    await member.says("!nosuchcommand")
    await member.says("!owned")
    await member.hears()
    assert len(guild.messages()) == 3


async def test_a_command_that_discord_still_shows_in_an_old_form_is_explained(
    bot: GuildbaseBot, member: Person
) -> None:
    bot.tree.remove_command("refuse")
    told = (await member.slash("refuse")).text
    assert told == "Discord still shows an old form of this command. Try again in a few minutes."


async def test_an_error_that_cannot_be_told_is_logged(
    bot: GuildbaseBot, guild: ScriptedGuild, member: Person, logs: list[EventDict]
) -> None:
    assert bot.user is not None
    muted = Overwrite(bot.user.id, 1, deny=int(Permission.SEND_MESSAGES))
    guild.find_channel("general").overwrites[bot.user.id] = muted
    failing = asyncio.create_task(bot.wait_for("command_error", timeout=5))
    await member.says("!refuse")
    await failing
    await bot.work.finish(within=5)
    failure = next(line for line in logs if line["event"] == "error_not_told")
    assert (failure["command"], failure["log_level"]) == ("refuse", "warning")


async def test_a_failing_listener_is_logged_and_the_bot_goes_on(
    bot: GuildbaseBot, member: Person, logs: list[EventDict]
) -> None:
    async def on_message(_message: object) -> None:
        raise RuntimeError("a bug in a listener")

    bot.add_listener(on_message)
    await member.says("!server")
    assert (await member.hears()).text == "Test Guild"
    await bot.work.finish(within=5)
    assert {line["listener"] for line in logs if line["event"] == "listener_failed"} == {"on_message"}


def report(_error: BaseException) -> str:
    return "id-of-the-sink"


def test_a_code_error_outside_any_command_is_explained_with_an_id(logs: list[EventDict]) -> None:
    assert explain(commands.CommandNotFound(), report) is None
    explanation = explain(ValueError("odd"), report)
    assert explanation is not None
    assert explanation.error_id == logs[0]["error_id"] == "id-of-the-sink"


def test_a_very_long_explanation_is_cut_to_what_discord_takes() -> None:
    explanation = explain(Conflict("x" * 3000), report)
    assert explanation is not None
    assert (len(explanation.text), explanation.text[-1]) == (2000, "…")
