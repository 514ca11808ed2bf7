"""A project with nothing but Guildbase, pytest and pytest-asyncio: what passes there, and what failures look like."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

AUTO = "asyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
BOT = """
import discord
from discord.ext import commands


class Sure(discord.ui.View):
    @discord.ui.button(label="Yes")
    async def yes(self, interaction, button):
        await interaction.response.edit_message(content="Done.", view=None)


class MyBot(commands.Bot):
    def __init__(self, **options):
        super().__init__("!", intents=discord.Intents.all(), **options)

    async def setup_hook(self):
        @self.tree.command(description="ask")
        async def ask(interaction: discord.Interaction):
            await interaction.response.send_message("Sure?", view=Sure(), ephemeral=True)

        @self.tree.command(description="break")
        async def broken(interaction: discord.Interaction):
            await interaction.response.send_message("first")
            raise ValueError("second")

        @self.tree.command(description="tell")
        async def tell(interaction: discord.Interaction):
            await interaction.response.send_message("I write to you.")
            await interaction.user.send("Here I am.")

        @self.command()
        async def ping(context):
            await context.send("pong")

        await self.tree.sync()


class Broken(commands.Bot):
    def __init__(self):
        super().__init__("!", intents=discord.Intents.all())

    async def setup_hook(self):
        raise LookupError("no database")
"""
HEAD = """
import asyncio

import discord as dpy
import pytest
from bot import Broken, MyBot
"""


@dataclass
class Project:
    folder: Path

    def run(
        self, tests: str, *arguments: str, settings: str = AUTO, passed: int = 0, failed: int = 0, errors: int = 0
    ) -> str:
        """Run the tests and return what pytest writes; so many must pass, fail and break while set up or ended."""
        (self.folder / "bot.py").write_text(BOT)
        (self.folder / "test_it.py").write_text(HEAD + tests)
        (self.folder / "pytest.ini").write_text(f"[pytest]\n{settings}")
        # Of the plugins that are installed here a stranger has but these two.
        plugins = ["-p", "asyncio", "-p", "guildbase"]
        command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", *plugins, *arguments]
        environment = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": ""}
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, env=environment)
        last = done.stdout.splitlines()[-1]
        assert (f"{passed} passed" in last) == bool(passed), done.stdout
        assert (f"{failed} failed" in last) == bool(failed), done.stdout
        assert f"{errors} error" in last if errors else "error" not in last, done.stdout
        return done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_bot_of_any_kind_is_tested(project: Project) -> None:
    tests = """
class Sharded(MyBot, dpy.AutoShardedClient):
    pass


@pytest.fixture(params=[MyBot, Sharded])
async def bot(run_bot, request):
    return await run_bot(request.param())


async def test_commands(bot, guild, member):
    reply = await member.slash("ask")
    assert reply.ephemeral
    assert (await reply.click("Yes")).text == "Done."
    await member.says("!ping")
    assert (await member.hears()).text == "pong"
    assert bot.get_guild(guild.id).name == "Test Guild"


async def test_two_bots_one_after_the_other(run_bot, bot, member):
    await bot.close()
    await run_bot(MyBot())
    assert (await member.slash("ask")).text == "Sure?"


async def test_a_plain_client(run_bot, member):
    heard = asyncio.Queue()

    class Ear(dpy.Client):
        async def on_message(self, message):
            heard.put_nowait(message.content)

    await run_bot(Ear(intents=dpy.Intents.all()))
    await member.says("hello")
    assert await heard.get() == "hello"


@pytest.mark.discord(shards=3, answer_within=0.5)
async def test_the_marker_sets_the_local_discord(run_bot, discord):
    bot = await run_bot(Sharded())
    assert bot.shard_count == 3
    assert discord.world.answer_within == 0.5


async def test_discord_py_points_back_afterwards():
    assert dpy.http.Route.BASE == "https://discord.com/api/v10"
    assert dpy.Asset.BASE == "https://cdn.discordapp.com"
    assert str(dpy.gateway.DiscordWebSocket.DEFAULT_GATEWAY) == "wss://gateway.discord.gg/"
"""
    project.run(tests, passed=7)


SHOWN = (
    """
E   AssertionError: assert 'Sure?' == 'Sure'
E     The message:
E       guildbase [bot] (only member sees it):
E         Sure?
E         [Yes]
E     The difference:
""",
    "where True = <Reply 'Sure?' [Yes] (only member sees it)>.ephemeral",
    """
---------------------- What happened on the local Discord ----------------------
The last messages in #general:
  guildbase [bot] (only member sees it):
    Sure?
    [Yes]
The bot's commands: ask, broken, tell.
""",
    """NothingHeard: member heard nothing from the bot in #general within 0.01 s
E   The last messages in #general:
E     member: !pong
""",
)


def test_failures_show_what_the_bot_did(project: Project) -> None:
    tests = """
@pytest.fixture
async def bot(run_bot):
    return await run_bot(MyBot())

async def test_text(bot, member):
    reply = await member.slash("ask")
    assert reply.text == "Sure"

async def test_flag(bot, member):
    reply = await member.slash("ask")
    assert not reply.ephemeral

async def test_wait(bot, member):
    await member.says("!pong")
    await member.hears(timeout=0.01)
"""
    told = project.run(tests, failed=3)
    for text in SHOWN:
        assert text in told, told
    # The inside of scripted people is nothing a stranger can mend.
    assert "people/speaking.py" not in told


def test_what_the_bot_does_not_handle_fails_the_test(project: Project) -> None:
    tests = """
@pytest.fixture
async def bot(run_bot):
    return await run_bot(MyBot())

async def test_unhandled(bot, member):
    assert (await member.slash("broken")).text == "first"

async def test_expected(bot, bot_errors, member, discord):
    await member.slash("broken")
    await discord.world.watch.until(lambda: bot_errors or None, 5)
    assert isinstance(bot_errors.pop().original, ValueError)

async def test_unknown_commands_are_nobodys_fault(bot, member):
    await member.says("!nothing")
    await member.says("!ping")
    assert (await member.hears()).text == "pong"
"""
    told = project.run(tests, passed=3, errors=1)
    assert "ERROR test_it.py::test_unhandled" in told
    assert "the bot did not handle this (see the fixture bot_errors)" in told
    assert "ValueError: second" in told


def test_regression_what_the_end_of_a_test_cuts_off_is_no_error(project: Project) -> None:
    tests = """
async def test_it_ends_in_the_middle(run_bot, discord, member):
    await run_bot(MyBot())
    fault = discord.faults.rest("POST /users/@me/channels", latency=60)
    assert (await member.slash("tell")).text == "I write to you."
    assert await discord.world.watch.until(lambda: fault.hits or None, 5)
"""
    assert "ERROR" not in project.run(tests, passed=1)


def test_a_bot_that_cannot_start_says_why(project: Project) -> None:
    tests = """
async def test_setup_hook(run_bot):
    with pytest.raises(LookupError, match="no database"):
        await run_bot(Broken())

async def test_intents(run_bot, discord):
    discord.world.application.flags = type(discord.world.application.flags)(0)
    with pytest.raises(dpy.PrivilegedIntentsRequired):
        await run_bot(MyBot())
"""
    project.run(tests, passed=2)


ONE_TEST = """
async def test_one(run_bot, member):
    await run_bot(MyBot())
    assert (await member.slash("ask")).text == "Sure?"
"""


def test_strict_mode_works_with_marks_and_explains_itself_without(project: Project) -> None:
    strict = AUTO.replace("auto", "strict")
    project.run(ONE_TEST.replace("async def", "@pytest.mark.asyncio\nasync def"), settings=strict, passed=1)
    told = project.run(ONE_TEST, settings=strict, errors=1)
    assert 'Put asyncio_mode = "auto" into your pytest configuration, or @pytest.mark.asyncio above the test.' in told


def test_two_event_loops_are_told_apart(project: Project) -> None:
    session = AUTO.replace("scope = function", "scope = session")
    told = project.run(ONE_TEST, settings=session, failed=1)
    assert "WrongLoop: the script runs in another event loop than the simulator" in told
    assert 'asyncio_default_test_loop_scope = "function"' in told
    both = session + "asyncio_default_test_loop_scope = session\n"
    project.run(ONE_TEST, settings=both, passed=1)


def test_without_pytest_asyncio_it_says_what_to_install(project: Project) -> None:
    told = project.run(ONE_TEST, "-p", "no:asyncio", settings="", errors=1)
    assert "guildbase.testing needs pytest-asyncio. Run: pip install pytest-asyncio" in told
