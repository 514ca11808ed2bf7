"""Bots that get stuck, break or fail in the middle of a test: the test tells so at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import discord as dpy
import pytest
from discord import ui
from discord.ext import commands

from guildbase.simulator import DidNotAnswer, NotAllowed, Person, ScriptedGuild, Simulator
from guildbase.simulator.world.entities import ApplicationFlag
from guildbase.simulator.world.state import Event
from guildbase.testing import bots
from guildbase.testing.bots import BotDied, Bots, RunBot
from guildbase.testing.target import pointed_at
from tests.testing.test_stranger import ONE_TEST, Project


class Order(ui.Modal, title="Order"):
    soup: ui.TextInput[Order] = ui.TextInput(label="Soup")

    async def on_submit(self, interaction: dpy.Interaction) -> None:
        if self.soup.value == "crab":
            raise LookupError("no crab")
        await interaction.response.send_message(f"One {self.soup.value}.")


class Sorry(dpy.app_commands.CommandTree[Any]):
    async def on_error(self, interaction: dpy.Interaction, error: dpy.app_commands.AppCommandError) -> None:
        await super().on_error(interaction, error)
        await interaction.response.send_message("We are sorry.")


class Kitchen(commands.Bot):
    def __init__(self, **options: Any) -> None:
        super().__init__("!", intents=dpy.Intents.all(), **options)

    async def setup_hook(self) -> None:
        @self.tree.command(description="fail")
        async def burn(interaction: dpy.Interaction) -> None:
            raise LookupError("no pan")

        @self.tree.command(description="defer and fail")
        async def simmer(interaction: dpy.Interaction) -> None:
            await interaction.response.defer()
            raise LookupError("no lid")

        @self.tree.command(description="open a form")
        async def order(interaction: dpy.Interaction) -> None:
            await interaction.response.send_modal(Order())

        await self.tree.sync()


class Stuck(commands.Bot):
    async def setup_hook(self) -> None:
        await self.wait_until_ready()


class Deaf(Kitchen):
    def is_ready(self) -> bool:
        return False


@pytest.fixture
async def kitchen(run_bot: RunBot) -> Kitchen:
    return await run_bot(Kitchen())


@pytest.mark.discord(answer_within=30)
@pytest.mark.usefixtures("kitchen")
@pytest.mark.parametrize(("command", "deferred"), [("burn", False), ("simmer", True)])
async def test_regression_a_failed_handler_is_not_waited_for(
    member: Person, bot_errors: list[Exception], command: str, deferred: bool
) -> None:
    async with asyncio.timeout(10):
        with pytest.raises(DidNotAnswer, match=f"/{command}.*: its handler failed") as told:
            await member.slash(command, within=30)
    assert ("deferred" in str(told.value)) == deferred
    assert f"CommandInvokeError: Command '{command}' raised" in str(told.value)
    bot_errors.clear()


async def test_regression_a_bot_may_still_say_sorry(
    run_bot: RunBot, member: Person, bot_errors: list[Exception]
) -> None:
    await run_bot(Kitchen(tree_cls=Sorry))
    assert (await member.slash("burn")).text == "We are sorry."
    bot_errors.clear()


@pytest.mark.discord(answer_within=30)
@pytest.mark.usefixtures("kitchen")
async def test_regression_a_form_is_sent_off_once(member: Person, bot_errors: list[Exception]) -> None:
    form = (await member.slash("order")).modal
    assert form is not None
    async with asyncio.timeout(10):
        with pytest.raises(DidNotAnswer, match="did not answer the form 'Order': its handler failed"):
            await form.submit(soup="crab")
        bot_errors.clear()
        form = (await member.slash("order")).modal
        assert form is not None
        assert (await form.submit(soup="leek")).text == "One leek."
        with pytest.raises(NotAllowed, match="the form 'Order' was sent off already"):
            await form.submit(soup="leek")


async def test_regression_a_setup_that_waits_for_the_bot_is_told(
    run_bot: RunBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bots, "READY_WITHIN", 0.2)
    with pytest.raises(BotDied, match="so it must not wait for the bot to be"):
        await run_bot(Stuck("!", intents=dpy.Intents.all()))
    monkeypatch.setattr(bots, "READY_WITHIN", 1.0)
    with pytest.raises(BotDied, match="the bot did not get ready within 1 s"):
        await run_bot(Deaf())


async def test_regression_a_connection_that_broke_fails_the_test(discord: Simulator, guild: ScriptedGuild) -> None:
    running = Bots(discord)
    with pointed_at(discord):
        bot = await running.run(Kitchen())
        # Without its keys an event ends the whole bot.
        discord.world.emit(Event("MESSAGE_CREATE", {"author": {"id": "1"}}, guild.id, guild.channel("general").id))
        await discord.world.watch.until(lambda: bot.is_closed() or None, 5)
        with pytest.raises(BotDied, match="broke during the test") as told:
            await running.stop()
    assert isinstance(told.value.__cause__, KeyError)


@pytest.mark.discord(flags=ApplicationFlag(0))
async def test_regression_a_bot_that_cannot_connect_fails_once(run_bot: RunBot) -> None:
    with pytest.raises(dpy.PrivilegedIntentsRequired):
        await run_bot(Kitchen())


def test_another_event_loop_does(tmp_path: Path) -> None:
    loop = """
import asyncio

class OwnLoop(asyncio.SelectorEventLoop):
    pass

class OwnPolicy(asyncio.DefaultEventLoopPolicy):
    _loop_factory = OwnLoop

@pytest.fixture(scope="session")
def event_loop_policy():
    return OwnPolicy()
"""
    check = "    assert type(asyncio.get_running_loop()).__name__ == 'OwnLoop'\n"
    Project(tmp_path).run(loop + ONE_TEST + check, passed=1)


async def test_two_bots_in_one_test_both_hear(run_bot: RunBot, guild: ScriptedGuild, member: Person) -> None:
    heard: list[Any] = []

    class Echo(commands.Bot):
        async def on_message(self, message: dpy.Message) -> None:
            if not message.author.bot:
                heard.append((self, message.content))
                await message.channel.send("heard")

    first = await run_bot(Echo("!", intents=dpy.Intents.all()))
    second = await run_bot(Echo("!", intents=dpy.Intents.all()))
    await member.says("hello")
    assert [(await member.hears()).text for _ in range(2)] == ["heard", "heard"]
    assert {it for it, text in heard if text == "hello"} == {first, second}
