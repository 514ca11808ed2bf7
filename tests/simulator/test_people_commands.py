"""People use the bot as clients let them: buttons by label, menus, forms, suggestions, context menus, files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from discord import app_commands

from guildbase.simulator import Choice, NoSuchCommand, NotAllowed, ScriptedGuild, WrongOption

FRUIT = ("apple", "apricot", "banana")


class Wishes(discord.ui.Modal, title="Wishes"):
    reason: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Your reason", min_length=2, max_length=20)
    more: discord.ui.TextInput[Any] = discord.ui.TextInput(label="More", required=False, default="nothing more")
    fruit: discord.ui.Label[Any] = discord.ui.Label(
        text="Fruit",
        component=discord.ui.Select(
            custom_id="fruit", options=[discord.SelectOption(label=it.title(), value=it) for it in FRUIT]
        ),
    )
    friend: discord.ui.Label[Any] = discord.ui.Label(
        text="Friend", component=discord.ui.UserSelect(custom_id="friend", required=False)
    )
    proof: discord.ui.Label[Any] = discord.ui.Label(
        text="Proof", component=discord.ui.FileUpload(custom_id="proof", required=False)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        fruit, friend, proof = self.fruit.component, self.friend.component, self.proof.component
        assert isinstance(fruit, discord.ui.Select)
        assert isinstance(friend, discord.ui.UserSelect)
        assert isinstance(proof, discord.ui.FileUpload)
        told = [self.reason.value, self.more.value, *fruit.values, *(it.name for it in friend.values)]
        told += [(await it.read()).decode() for it in proof.values]
        await interaction.response.send_message(", ".join(told))


class Panel(discord.ui.View):
    @discord.ui.button(label="Confirm", custom_id="yes", emoji="✅")
    async def confirm(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.edit_message(content=f"confirmed by {interaction.user.name}")

    @discord.ui.button(label="Wish", custom_id="wish")
    async def wish(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.send_modal(Wishes())

    @discord.ui.select(
        custom_id="colors",
        placeholder="Colors",
        max_values=2,
        options=[discord.SelectOption(label="Red", value="r"), discord.SelectOption(label="Blue", value="b")],
    )
    async def colors(self, interaction: discord.Interaction, select: discord.ui.Select[Any]) -> None:
        await interaction.response.send_message(" and ".join(select.values))

    @discord.ui.select(cls=discord.ui.MentionableSelect, placeholder="Whom", max_values=3)
    async def whom(self, interaction: discord.Interaction, select: discord.ui.MentionableSelect[Any]) -> None:
        await interaction.response.send_message(" ".join(it.name for it in select.values))

    @discord.ui.select(cls=discord.ui.ChannelSelect, placeholder="Where")
    async def where(self, interaction: discord.Interaction, select: discord.ui.ChannelSelect[Any]) -> None:
        await interaction.response.send_message(select.values[0].name)


@app_commands.command(name="panel", description="panel")
async def panel(interaction: discord.Interaction) -> None:
    view = Panel(timeout=30)
    view.add_item(discord.ui.Button(label="Docs", url="https://example.org"))
    await interaction.response.send_message("panel", view=view)


tag = app_commands.Group(name="tag", description="tags")


@tag.command(name="get", description="get")
async def get(interaction: discord.Interaction, name: str, size: int = 0) -> None:
    await interaction.response.send_message(f"{name} {size}")


@get.autocomplete("name")
async def suggest(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=it.title(), value=it) for it in FRUIT if it.startswith(current)]


@app_commands.context_menu(name="Report")
async def report(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"{message.author.name} wrote {message.content}", ephemeral=True)


@app_commands.context_menu(name="Profile")
async def profile(interaction: discord.Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(f"{member.name} is {member.roles[-1].name}")


@app_commands.command(name="upload", description="upload")
async def upload(interaction: discord.Interaction, file: discord.Attachment) -> None:
    await interaction.response.send_message(f"{file.filename} {file.content_type} {(await file.read()).decode()}")


@app_commands.command(name="speak", description="speak")
async def speak(interaction: discord.Interaction, where: discord.VoiceChannel) -> None:
    await interaction.response.send_message(where.name)


@pytest.fixture
async def commands(bot: Any, guild: ScriptedGuild) -> AsyncIterator[None]:
    """Register the commands above in the guild of the test."""
    here = discord.Object(guild.id)
    one: Any
    for one in (panel, tag, report, profile, upload, speak):
        bot.tree.add_command(one, guild=here)
    await bot.tree.sync(guild=here)
    # Files are served by the simulator, which discord.py is told by their URLs.
    yield
    bot.tree.clear_commands(guild=here)


pytestmark = pytest.mark.usefixtures("commands")


async def test_buttons_go_by_label_emoji_or_custom_id(guild: ScriptedGuild) -> None:
    ada, bob = guild.member("ada"), guild.member("bob")
    reply = await ada.slash("panel")
    for name in ("Confirm", "yes", "✅"):
        assert (await reply.click(name)).text == "confirmed by ada"
    assert (await reply.click("Confirm", by=bob)).text == "confirmed by bob"
    seen = guild.messages()[-1]
    assert (await bob.clicks(seen, "Confirm")).text == "confirmed by bob"
    with pytest.raises(NotAllowed, match="many see this message: say who does it"):
        await seen.click("Confirm")
    with pytest.raises(NotAllowed) as error:
        await reply.click("Confrim")
    assert str(error.value) == (
        "the message has no button 'Confrim' for ada (it has: [✅ Confirm], [Wish], [Docs https://example.org])."
        " Did you mean 'Confirm'?"
    )
    with pytest.raises(NotAllowed, match="only opens a page"):
        await reply.click("Docs")


async def test_who_heard_the_message_clicks_it(guild: ScriptedGuild, general: discord.TextChannel) -> None:
    ada = guild.member("ada")
    await general.send("click", view=Panel(timeout=30))
    assert (await (await ada.hears()).click("Confirm")).text == "confirmed by ada"


async def test_menus(guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    vip = guild.role("VIP")
    reply = await ada.slash("panel")
    assert (await reply.select("Red", "b", menu="Colors")).text == "r and b"
    assert (await ada.selects(reply, "Blue", menu="colors")).text == "b"
    assert set((await reply.select(ada, vip, "owner", menu="Whom")).text.split()) == {"ada", "VIP", "owner"}
    assert (await reply.select("mod-log", menu="Where")).text == "mod-log"
    for values, menu, problem in (
        (("Green",), "Colors", "<Colors: Red | Blue> does not offer 'Green'"),
        (("Red", "Blue", "Red"), "Colors", "takes 1 to 2 choices, not 3"),
        (("nobody",), "Whom", "<Whom: people and roles> does not offer 'nobody'"),
    ):
        with pytest.raises(WrongOption) as error:
            await reply.select(*values, menu=menu)
        assert problem in str(error.value)
    with pytest.raises(NotAllowed, match="has not one menu for ada"):
        await reply.select("Red")
    with pytest.raises(NotAllowed, match=r"has not menu 'Colours' .* Did you mean 'Colors'\?"):
        await reply.select("Red", menu="Colours")


async def test_forms(guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    form = (await (await ada.slash("panel")).click("Wish")).modal
    assert form is not None
    assert (form.title, [it.label for it in form.fields]) == (
        "Wishes",
        ["Your reason", "More", "Fruit", "Friend", "Proof"],
    )
    assert (await form.submit(your_reason="because", fruit="Banana")).text == "because, nothing more, banana"
    form = (await (await ada.slash("panel")).click("Wish")).modal
    assert form is not None
    everything = await form.submit(
        your_reason="because", more="more", fruit="apple", friend=ada, proof=("a.txt", b"bytes")
    )
    assert everything.text == "because, more, apple, ada, bytes"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"fruit": "apple"}, "needs its field .* \\('Your reason'\\)"),
        ({"your_reason": "because"}, "needs its field 'fruit' \\('Fruit'\\)"),
        ({"your_reason": "because", "fruit": "kiwi"}, "does not offer 'kiwi'"),
        ({"your_reason": "x", "fruit": "apple"}, "takes 2 to 20 characters, not 1"),
        ({"your_reason": 5, "fruit": "apple"}, "takes text, not 5"),
        ({"your_reason": "because", "fruits": "apple"}, "no field 'fruits' .* Did you mean 'fruit'\\?"),
    ]
    for values, problem in wrong:
        with pytest.raises(WrongOption, match=problem):
            await form.submit(**values)


async def test_suggestions(guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    assert await ada.completes("tag get", name="ap") == [Choice("Apple", "apple"), Choice("Apricot", "apricot")]
    assert await ada.completes("tag get", size=3, name="x") == []
    with pytest.raises(WrongOption, match="/tag get suggests nothing for its option 'size'"):
        await ada.completes("tag get", size="1")


async def test_regression_suggestions_need_something_typed(guild: ScriptedGuild) -> None:
    with pytest.raises(WrongOption, match="say which option is being typed"):
        await guild.member("ada").completes("tag get")
    with pytest.raises(NoSuchCommand):
        await guild.member("ada").slash("/", within=0.01)


async def test_options_may_be_called_like_arguments_of_the_script(bot: Any, guild: ScriptedGuild) -> None:
    @app_commands.command(name="purge", description="purge")
    async def purge(interaction: discord.Interaction, force: bool, within: int) -> None:
        await interaction.response.send_message(f"{force} {within}")

    here = discord.Object(guild.id)
    bot.tree.add_command(purge, guild=here)
    await bot.tree.sync(guild=here)
    assert (await guild.member("ada").slash("purge", force_=True, within_=3)).text == "True 3"


async def test_context_menus(guild: ScriptedGuild) -> None:
    ada, bob = guild.member("ada"), guild.member("bob", roles=["VIP"])
    said = await bob.says("something bad")
    reply = await ada.uses("Report", on=said)
    assert (reply.text, reply.ephemeral) == ("bob wrote something bad", True)
    assert (await ada.uses("Profile", on=bob)).text == "bob is VIP"
    with pytest.raises(NoSuchCommand, match="has not registered Profile; it has registered: Report"):
        await ada.uses("Profile", on=said, within=0.01)


async def test_files_and_kinds_of_channels(bot: Any, guild: ScriptedGuild, tmp_path: Any) -> None:
    ada = guild.member("ada")
    path = tmp_path / "note.txt"
    path.write_text("hello")
    assert (await ada.slash("upload", file=path)).text == "note.txt text/plain hello"
    assert (await ada.slash("upload", file=("a.bin", b"x"))).text == "a.bin application/octet-stream x"
    with pytest.raises(WrongOption, match=r"takes an attachment, not 'note\.txt'"):
        await ada.slash("upload", file="note.txt")
    with pytest.raises(WrongOption, match="takes channels of type 2; #general is of type 0"):
        await ada.slash("speak", where="general")
    said = await ada.says("see", files=[path])
    assert said.attachments[0].data == b"hello"
    await bot.until(lambda: bot.last("MESSAGE_CREATE").get("attachments"))
    assert bot.last("MESSAGE_CREATE")["attachments"][0]["filename"] == "note.txt"


async def test_a_channel_one_cannot_see_is_none_to_use_commands_in(guild: ScriptedGuild) -> None:
    secret = guild.channel("secret")
    await guild.owner.does("PUT", f"/channels/{secret.id}/permissions/{guild.id}", {"type": 0, "deny": str(1 << 10)})
    with pytest.raises(NotAllowed, match="ada cannot see #secret"):
        await guild.member("ada").slash("panel", in_channel="secret")
