"""Errors of scripted people show what the bot did do, word for word."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from guildbase.simulator import DidNotAnswer, GatewaySettings, NoSuchCommand, NothingHeard, ScriptedGuild, Simulator


class Buttons(discord.ui.View):
    @discord.ui.button(label="Undo", emoji="↩")
    async def undo(self, interaction: discord.Interaction, _: Any) -> None: ...

    @discord.ui.button(label="Gone", disabled=True)
    async def gone(self, interaction: discord.Interaction, _: Any) -> None: ...

    @discord.ui.select(
        placeholder="Why", options=[discord.SelectOption(label="Spam"), discord.SelectOption(label="Rude")]
    )
    async def why(self, interaction: discord.Interaction, _: Any) -> None: ...


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    """A simulator of the test's own, on which nothing was refused yet."""
    async with Simulator(gateway=GatewaySettings(identify_interval=0.0), answer_within=0.1) as running:
        yield running


@pytest.fixture
async def bot(sim: Simulator, guild: ScriptedGuild, run: Any) -> AsyncIterator[Any]:
    connected: commands.Bot = run.Bot()

    @connected.tree.command(description="ban")
    async def ban(interaction: discord.Interaction) -> None: ...

    async with run.connected(sim, connected):
        await connected.tree.sync()
        yield connected


@pytest.fixture
def guild(sim: Simulator) -> ScriptedGuild:
    return sim.guild("Test Guild")


@pytest.fixture
def general(bot: Any, guild: ScriptedGuild) -> discord.TextChannel:
    found = bot.get_channel(guild.channel("general").id)
    assert isinstance(found, discord.TextChannel)
    return found


async def test_nothing_heard_shows_the_channel(guild: ScriptedGuild, general: discord.TextChannel) -> None:
    ada = guild.member("ada")
    embed = discord.Embed(title="Case #1", description="spam\nand more").set_footer(text="by mod")
    embed.add_field(name="User", value="bob").set_author(name="Log").set_image(url="https://x.test/a.png")
    sent = await general.send("Done.", embed=embed, view=Buttons(timeout=5), file=discord.File(__file__, "a.py"))
    await sent.add_reaction("⭐")
    await ada.says("thanks")
    size = len(guild.messages()[0].attachments[0].data)
    with pytest.raises(NothingHeard) as error:
        await ada.hears(matching="welcome", timeout=0.01)
    assert str(error.value).splitlines() == [
        "ada heard nothing with 'welcome' from the bot in #general within 0.01 s",
        "The last messages in #general:",
        "  guildbase [bot]:",
        "    Done.",
        "    | Log",
        "    | Case #1",
        "    | spam",
        "    | and more",
        "    | User: bob",
        "    | image https://x.test/a.png",
        "    | by mod",
        "    [↩ Undo] [Gone] (disabled)",
        "    <Why: Spam | Rude>",
        f"    file a.py ({size} bytes)",
        "    reactions: ⭐ 1",
        "  ada: thanks",
    ]


async def test_no_direct_message_shows_why(bot: Any, guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    user = await bot.fetch_user(ada.id)
    await user.send("one")
    ada.closes_dms()
    with pytest.raises(discord.Forbidden):
        await user.send("two")
    with pytest.raises(NothingHeard) as error:
        await ada.receives_dm(matching="two", timeout=0.01)
    assert str(error.value).splitlines() == [
        "ada got no direct message with 'two' within 0.01 s",
        "The last messages in the direct conversation with ada:",
        "  guildbase [bot]: one",
        "What Discord refused the bot lately:",
        f"  POST /channels/{user.dm_channel.id}/messages -> 403 (50007) Cannot send messages to this user",
    ]


@pytest.mark.usefixtures("bot")
async def test_no_answer(guild: ScriptedGuild) -> None:
    with pytest.raises(DidNotAnswer) as error:
        await guild.member("ada").slash("ban")
    assert str(error.value) == "the bot did not answer /ban within 0.1 s\nThere are no messages in #general."


@pytest.mark.usefixtures("bot")
async def test_no_such_command(guild: ScriptedGuild) -> None:
    with pytest.raises(NoSuchCommand) as error:
        await guild.member("ada").slash("bann", within=0.01)
    assert str(error.value) == "the bot has not registered /bann; it has registered: /ban. Did you mean 'ban'?"


async def test_what_the_bot_may_not_says_what_it_lacks(
    sim: Simulator, bot: Any, guild: ScriptedGuild, general: discord.TextChannel
) -> None:
    ada = guild.member("ada")
    guild.grant_bot(0x800 | 0x400)
    with pytest.raises(discord.Forbidden):
        await bot.get_guild(guild.id).ban(discord.Object(ada.id))
    with pytest.raises(discord.HTTPException):
        await general.send("x" * 2001)
    ban, sent = f"/guilds/{guild.id}/bans/{ada.id}", f"/channels/{general.id}/messages"
    assert [str(it) for it in sim.stats.refusals] == [
        f"PUT {ban} -> 403 (50013) Missing Permissions [guildbase lacks BAN_MEMBERS in Test Guild]",
        f"POST {sent} -> 400 (50035) Invalid Form Body [content: Must be 2000 or fewer in length.]",
    ]


async def test_short_forms(bot: Any, guild: ScriptedGuild, general: discord.TextChannel) -> None:
    ada = guild.member("ada")

    @app_commands.command(description="quietly")
    async def quietly(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("psst", ephemeral=True, view=Buttons(timeout=5))

    @app_commands.command(description="form")
    async def form(interaction: discord.Interaction) -> None:
        modal = discord.ui.Modal(title="Why?", custom_id="m")
        modal.add_item(discord.ui.TextInput(label="Reason", custom_id="reason"))
        await interaction.response.send_modal(modal)

    bot.tree.add_command(quietly)
    bot.tree.add_command(form)
    await bot.tree.sync()
    assert repr(await ada.slash("quietly")) == (
        "<Reply 'psst' [↩ Undo] [Gone] (disabled) <Why: Spam | Rude> (only ada sees it)>"
    )
    assert repr(await ada.slash("form")) == "<Reply <Form 'Why?': reason ('Reason')>>"
    sent = await general.send("hello")
    seen = await ada.hears()
    assert type(copy.deepcopy(seen.text)) is str
    assert json.dumps(seen.text) == '"hello"'
    await sent.edit(content="goodbye")
    assert str(seen) == "guildbase [bot] (edited): goodbye"
    await sent.delete()
    await seen.vanishes()
    assert repr(seen) == "<SeenMessage 'goodbye' (deleted)>"


async def test_layouts(guild: ScriptedGuild, general: discord.TextChannel) -> None:
    view = discord.ui.LayoutView()
    box: discord.ui.Container[Any] = discord.ui.Container(discord.ui.TextDisplay("# Title\nsome text"))
    box.add_item(discord.ui.Separator())
    box.add_item(discord.ui.Section("beside", accessory=discord.ui.Button(label="Go", custom_id="go")))
    box.add_item(discord.ui.MediaGallery(discord.MediaGalleryItem("https://x.test/a.png")))
    view.add_item(box)
    await general.send(view=view)
    assert str(guild.messages()[-1]).splitlines() == [
        "guildbase [bot]:",
        "  # Title",
        "  some text",
        "  ---",
        "  beside",
        "  [Go]",
        "  image https://x.test/a.png",
    ]
