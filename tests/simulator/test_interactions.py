from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import discord
import pytest
from discord import app_commands

from guildbase.simulator import (
    DidNotAnswer,
    NoSuchCommand,
    NotAllowed,
    NothingHeard,
    Permission,
    ScriptedGuild,
    Simulator,
    WrongOption,
)
from guildbase.simulator.people.commands import use_command
from guildbase.simulator.world import channels, interactions
from guildbase.simulator.world.entities import InteractionType


class Form(discord.ui.Modal, title="Report"):
    why: discord.ui.TextInput[Any] = discord.ui.TextInput(label="Why", custom_id="why")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"because {self.why.value}")


class Buttons(discord.ui.View):
    @discord.ui.button(label="Change", custom_id="change")
    async def change(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.edit_message(content="changed")

    @discord.ui.button(label="Quiet", custom_id="quiet")
    async def quiet(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="quietly")

    @discord.ui.button(label="Off", custom_id="off", disabled=True)
    async def off(self, interaction: discord.Interaction, _: Any) -> None: ...

    @discord.ui.button(label="Form", custom_id="form")
    async def form(self, interaction: discord.Interaction, _: Any) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.select(custom_id="pick", options=[discord.SelectOption(label="A"), discord.SelectOption(label="B")])
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select[Any]) -> None:
        await interaction.response.send_message(f"picked {select.values[0]}", ephemeral=True)


@pytest.fixture
def tree(bot: Any, guild: ScriptedGuild) -> Iterator[app_commands.CommandTree[Any]]:
    """Commands for one test; call `sync` after adding them."""
    yield bot.tree
    bot.tree.clear_commands(guild=discord.Object(guild.id))


async def register(bot: Any, guild: ScriptedGuild, *commands: Any) -> None:
    for one in commands:
        bot.tree.add_command(one, guild=discord.Object(guild.id))
    await bot.tree.sync(guild=discord.Object(guild.id))


async def test_every_kind_of_option(bot: Any, guild: ScriptedGuild, tree: Any) -> None:
    got: dict[str, Any] = {}

    @app_commands.command(name="all", description="all options")
    @app_commands.choices(
        size=[app_commands.Choice(name="Small", value="s"), app_commands.Choice(name="Big", value="b")]
    )
    @app_commands.rename(from_="from")
    async def everything(
        interaction: discord.Interaction,
        who: discord.Member,
        role: discord.Role,
        where: discord.TextChannel,
        thing: discord.Member | discord.Role,
        number: app_commands.Range[int, 1, 10],
        ratio: float,
        text: app_commands.Range[str, 2, 5],
        yes: bool,
        size: str,
        from_: str = "",
    ) -> None:
        got.update(interaction.namespace.__dict__)
        got["from"] = from_
        await interaction.response.send_message("ok")

    await register(bot, guild, everything)
    ada = guild.member("ada", roles=["VIP"])
    full: dict[str, Any] = {
        "who": ada,
        "role": "VIP",
        "where": "general",
        "thing": guild.role("VIP"),
        "number": 3,
        "ratio": 0.5,
        "text": "abc",
        "yes": True,
        "size": "Big",
        "from_": "here",
    }
    reply = await ada.slash("all", **full)
    assert reply.text == "ok"
    assert got["who"].id == ada.id
    assert [it.name for it in got["who"].roles] == ["@everyone", "VIP"]
    assert (got["role"].name, got["where"].name, got["thing"].name) == ("VIP", "general", "VIP")
    assert (got["number"], got["ratio"], got["text"], got["yes"]) == (3, 0.5, "abc", True)
    assert (got["size"], got["from"]) == ("b", "here")
    assert (await ada.slash("all", **(full | {"thing": "ada", "who": ada.id, "from_": None}))).text == "ok"
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"who": "nobody"}, "takes a user"),
        ({"role": "None"}, "takes a role"),
        ({"where": "nowhere"}, "takes a channel"),
        ({"number": True}, "takes an integer"),
        ({"number": 11}, "value from 1 to 10"),
        ({"ratio": "x"}, "takes a number"),
        ({"text": "a"}, "length from 2 to 5"),
        ({"yes": 1}, "takes a boolean"),
        ({"size": "Huge"}, "no choice 'Huge'"),
        ({"extra": 1}, "no option 'extra'"),
        ({"yes": None}, "needs the option 'yes'"),
    ]
    for change, message in wrong:
        with pytest.raises(WrongOption, match=message):
            await ada.slash("all", **(full | change))


async def test_sub_commands(bot: Any, guild: ScriptedGuild, tree: Any) -> None:
    case = app_commands.Group(name="case", description="cases")
    notes = app_commands.Group(name="note", description="notes", parent=case)

    @case.command(name="view", description="view")
    async def view(interaction: discord.Interaction, number: int) -> None:
        await interaction.response.send_message(f"case {number}")

    @notes.command(name="add", description="add")
    async def add(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("added")

    await register(bot, guild, case)
    ada = guild.member("ada")
    assert (await ada.slash("case view", number=4)).text == "case 4"
    assert (await ada.slash("/case note add")).text == "added"
    with pytest.raises(WrongOption, match="no sub-command 'list'"):
        await ada.slash("case list")
    with pytest.raises(WrongOption, match=r"needs one of its sub-commands: (note, view|view, note)"):
        await ada.slash("case")
    with pytest.raises(NoSuchCommand, match=r"it has registered: .*/case"):
        await ada.slash("nothing", within=0.01)


async def test_defer_then_edit_and_follow_up(bot: Any, guild: ScriptedGuild, tree: Any) -> None:
    @app_commands.command(name="slow", description="slow")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        first = await interaction.followup.send("first", wait=True)
        assert (await interaction.original_response()).id == first.id
        more = await interaction.followup.send("public", wait=True)
        await more.edit(content="public, edited")
        await interaction.edit_original_response(content="done")

    await register(bot, guild, slow)
    ada, bob = guild.member("ada"), guild.member("bob")
    reply = await ada.slash("slow")
    assert reply.ephemeral
    assert reply.message is not None
    assert (await reply.edited(matching="done")).content == "done"
    more = await reply.followed_up(matching="edited")
    assert not more.ephemeral
    assert reply.message_id not in [it.id for it in guild.messages()]
    assert (await bob.hears()).text == "public, edited"
    with pytest.raises(NothingHeard):
        await ada.hears(timeout=0.01)
    with pytest.raises(NothingHeard, match="no follow-up"):
        await reply.followed_up(timeout=0.01)
    with pytest.raises(NothingHeard, match="the message says 'done'"):
        await reply.edited(matching=lambda it: it.text == "never", timeout=0.01)


async def test_an_ephemeral_answer_is_for_one_person(bot: Any, guild: ScriptedGuild, tree: Any, api: Any) -> None:
    @app_commands.command(name="hush", description="hush")
    async def hush(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("only you", ephemeral=True, embed=discord.Embed(title="T"))
        await interaction.delete_original_response()

    await register(bot, guild, hush)
    ada = guild.member("ada")
    reply = await ada.slash("hush")
    assert (reply.ephemeral, reply.content, reply.embeds[0]["title"]) == (True, "only you", "T")
    assert reply.message is not None
    await reply.message.vanishes()
    path = f"/channels/{guild.channel('general').id}/messages"
    assert (await api("GET", f"{path}/{reply.message_id}"))[1]["code"] == 10008
    assert (await api("GET", path))[1] == []
    assert not any(it["id"] == str(reply.message_id) for it in bot.events("MESSAGE_CREATE"))


async def test_buttons_menus_and_forms(bot: Any, guild: ScriptedGuild, tree: Any) -> None:
    @app_commands.command(name="panel", description="panel")
    async def panel(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("panel", view=Buttons(timeout=5))

    await register(bot, guild, panel)
    ada = guild.member("ada")
    reply = await ada.slash("panel")
    assert reply.components[0]["components"][0]["id"] == 2
    assert (await ada.clicks(reply, "change")).text == "changed"
    assert reply.text == "changed"
    quiet = await ada.clicks(reply, "quiet")
    await reply.edited(matching="quietly")
    assert quiet.text == "quietly"
    picked = await ada.selects(reply, "B")
    assert (picked.text, picked.ephemeral) == ("picked B", True)
    form = await ada.clicks(reply, "form")
    assert form.modal is not None
    assert (form.text, form.content, form.embeds, form.components, form.message_id) == ("", "", [], [], None)
    assert (await form.modal.submit(why="I say so")).text == "because I say so"
    with pytest.raises(NotAllowed, match=r"\[Off\] \(disabled\) is disabled"):
        await ada.clicks(reply, "off")
    with pytest.raises(NotAllowed, match="no button 'unknown' for ada"):
        await ada.clicks(reply, "unknown")
    with pytest.raises(NotAllowed, match="no message"):
        await ada.clicks(form, "change")
    with pytest.raises(NothingHeard, match="no message"):
        await form.edited()
    with pytest.raises(NotAllowed):
        await guild.member("bob").clicks(picked, "pick")


async def test_who_is_shown_a_command(bot: Any, guild: ScriptedGuild, tree: Any) -> None:
    @app_commands.command(name="warn", description="warn")
    @app_commands.default_permissions(moderate_members=True)
    async def warn(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("warned")

    @app_commands.command(name="nobody", description="nobody")
    @app_commands.default_permissions()
    async def nobody(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("hidden")

    await register(bot, guild, warn, nobody)
    ada, moderator = guild.member("ada"), guild.member("moderator", roles=["Moderator"])
    assert (await moderator.slash("warn")).text == "warned"
    with pytest.raises(NotAllowed, match="ada is not shown /warn, for lack of MODERATE_MEMBERS"):
        await ada.slash("warn")
    assert (await ada.slash("warn", force=True)).text == "warned"
    with pytest.raises(NotAllowed, match="for lack of ADMINISTRATOR"):
        await moderator.slash("nobody")
    assert (await guild.owner.slash("nobody")).text == "hidden"
    everyone = guild.guild.roles[guild.id]
    everyone.permissions &= ~int(Permission.USE_APPLICATION_COMMANDS)
    with pytest.raises(NotAllowed, match="may not use commands in #general"):
        await ada.slash("warn")


async def test_too_late_and_twice(sim: Simulator, bot: Any, guild: ScriptedGuild, tree: Any) -> None:
    codes: list[int] = []
    held, told = asyncio.Event(), asyncio.Event()

    @app_commands.command(name="late", description="late")
    async def late(interaction: discord.Interaction) -> None:
        await held.wait()
        try:
            await interaction.response.send_message("x")
        except discord.NotFound as error:
            codes.append(error.code)
            told.set()

    @app_commands.command(name="twice", description="twice")
    async def twice(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("once")
        interaction.response._response_type = None
        try:
            await interaction.response.send_message("twice")
        except discord.HTTPException as error:
            codes.append(error.code)
            await interaction.followup.send("noted")

    @app_commands.command(name="stalls", description="stalls")
    async def stalls(interaction: discord.Interaction) -> None:
        await interaction.response.defer()

    await register(bot, guild, late, twice, stalls)
    ada = guild.member("ada")
    sim.world.answer_within = 0.05
    try:
        with pytest.raises(DidNotAnswer, match=r"did not answer /late within 0\.05 s"):
            await ada.slash("late")
        held.set()
        await asyncio.wait_for(told.wait(), 5)
    finally:
        sim.world.answer_within = 3.0
    reply = await ada.slash("twice")
    await reply.followed_up(matching="noted")
    assert codes == [10062, 40060]
    with pytest.raises(DidNotAnswer, match=r"deferred /stalls and then did not answer within 0\.05 s"):
        await ada.slash("stalls", within=0.05)


async def test_the_callback_route(sim: Simulator, guild: ScriptedGuild, api: Any) -> None:
    world, ada = sim.world, guild.member("ada")

    def start(kind: InteractionType = InteractionType.COMMAND) -> tuple[str, str, Any]:
        one = interactions.start(world, kind, ada.user, guild.channel("general"), {"name": "x"}, name="x")
        return f"/interactions/{one.id}/{one.token}/callback", f"/webhooks/{sim.application_id}/{one.token}", one

    callback, hook, one = start()
    assert (await api("POST", hook, {"content": "early"}))[1]["code"] == 10015
    assert (await api("POST", callback, {"type": 3}))[1]["errors"]["type"]
    assert (await api("POST", callback, {"type": 8}))[1]["code"] == 50035
    assert (await api("POST", callback, {"type": 7}))[1]["code"] == 50035
    assert (await api("POST", callback, {"type": 9, "data": {}}))[1]["code"] == 50035
    _, body, _ = await api("POST", callback, {"type": 4, "data": {"content": "x" * 2001}})
    assert body["errors"]["data"]["content"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"
    status, body, _ = await api("POST", callback + "?with_response=true", {"type": 4, "data": {"content": "x"}})
    assert status == 200
    assert body["interaction"]["response_message_id"] == body["resource"]["message"]["id"]
    assert body["resource"]["message"]["interaction_metadata"]["id"] == str(one.id)
    assert (await api("POST", callback, {"type": 5}))[1]["code"] == 40060
    assert (await api("GET", f"{hook}/messages/5"))[1]["code"] == 10008
    assert (await api("GET", f"{hook}/messages/@original"))[1]["content"] == "x"
    assert (await api("GET", f"/webhooks/{sim.application_id}/nope/messages/@original"))[1]["code"] == 50027
    assert (await api("POST", "/interactions/5/nope/callback", {"type": 4}))[1]["code"] == 10062

    callback, hook, _ = start()
    assert (await api("POST", callback, {"type": 5}))[0] == 204
    assert (await api("GET", f"{hook}/messages/@original"))[1]["code"] == 10008
    assert (await api("PATCH", f"{hook}/messages/@original", {"content": "there"}))[1]["content"] == "there"

    callback, hook, one = start(InteractionType.AUTOCOMPLETE)
    many = [{"name": str(it), "value": str(it)} for it in range(26)]
    assert (await api("POST", callback, {"type": 8, "data": {"choices": many}}))[1]["code"] == 50035
    assert (await api("POST", callback, {"type": 8, "data": {"choices": many[:2]}}))[0] == 204
    assert one.callback_data["choices"] == many[:2]
    assert (await api("PATCH", f"{hook}/messages/@original", {"content": "x"}))[1]["code"] == 10008

    for old in world.interactions.values():
        old.created -= 3600
    start()
    assert len(world.interactions) == 1
    callback, hook, one = start()
    one.created -= 3600
    assert (await api("POST", callback, {"type": 4, "data": {"content": "x"}}))[1]["code"] == 10062


async def test_registering_commands(bot: Any, sim: Simulator, guild: ScriptedGuild, api: Any) -> None:
    base = f"/applications/{sim.application_id}/guilds/{guild.id}/commands"

    async def refused(body: Any) -> Any:
        status, answer, _ = await api("POST", base, body)
        assert status == 400, answer
        return answer

    good = {"name": "ok", "description": "fine", "contexts": [0]}
    status, made, _ = await api("POST", base, good)
    assert (status, made["description"], made["contexts"]) == (201, "fine", [0])
    assert (await api("POST", base, good | {"description": "better"}))[1]["id"] == made["id"]
    path = f"{base}/{made['id']}"
    option = {"type": 3, "name": "o", "description": "d"}
    assert (await api("PATCH", path, {"description": "best", "options": [option]}))[1]["options"] == [option]
    assert (await api("GET", path))[1]["description"] == "best"
    assert len((await api("GET", base))[1]) == 1
    assert (await api("DELETE", path))[0] == 204
    assert (await api("GET", path))[1]["code"] == 10063
    body = await refused({"name": "Not Lower", "description": "x"})
    assert body["errors"]["name"]["_errors"][0]["code"] == "APPLICATION_COMMAND_INVALID_NAME"
    assert (await refused({"name": "x" * 33, "description": "x"}))["errors"]["name"]
    assert (await refused({"name": "x"}))["errors"]["description"]
    assert (await refused({"name": "x", "description": "d" * 101}))["errors"]["description"]
    options = [option, option | {"name": "p", "required": True}]
    body = await refused(good | {"options": options})
    found = body["errors"]["options"]["_errors"][0]["code"]
    assert found == "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
    body = await refused(good | {"options": [option, option]})
    assert body["errors"]["options"]["_errors"][0]["code"] == "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"
    body = await refused(good | {"options": [{"type": 99, "name": "UP", "description": ""}]})
    assert set(body["errors"]["options"]["0"]) == {"type", "name", "description"}
    many = [{"name": f"c{it}", "description": "x"} for it in range(101)]
    assert (await api("PUT", base, many))[1]["code"] == 30032
    assert len((await api("PUT", base, many[:100]))[1]) == 100
    assert (await refused({"name": "onemore", "description": "x"}))["code"] == 30032
    menus = [{"name": f"Menu {it}", "type": 3} for it in range(16)]
    assert (await api("PUT", base, menus))[1]["code"] == 30034
    _, body, _ = await api("PUT", base, [good, good])
    assert body["errors"]["1"]["_errors"][0]["code"] == "APPLICATION_COMMANDS_DUPLICATE_NAME"
    assert (await api("PUT", base, [good, {}]))[1]["errors"]["1"]["name"]["_errors"][0]["code"] == "BASE_TYPE_REQUIRED"
    assert (await api("GET", "/applications/5/commands"))[1]["code"] == 20012
    assert (await api("GET", f"/applications/{sim.application_id}/guilds/5/commands"))[1]["code"] == 50001
    entry = f"/applications/{sim.application_id}/commands"
    assert (await api("PUT", entry, [{"name": "Odd", "type": 9}, {"name": "Odder", "type": 9}]))[0] in (200, 400)
    assert (await api("PUT", entry, []))[1] == []


async def test_commands_in_direct_messages(sim: Simulator, bot: Any, guild: ScriptedGuild) -> None:
    @app_commands.command(name="private", description="private")
    async def private(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"dm {interaction.guild_id}")

    @app_commands.command(name="public", description="public")
    @app_commands.guild_only()
    async def public(interaction: discord.Interaction) -> None: ...

    bot.tree.add_command(private)
    bot.tree.add_command(public)
    await bot.tree.sync()
    ada = guild.member("ada_dm3")
    place = channels.dm_with(sim.world, ada.user)
    reply = await use_command(sim.scene, ada.user, place, "private", {}, within=2, force=False)
    assert reply.text == "dm None"
    with pytest.raises(NotAllowed, match="direct messages"):
        await use_command(sim.scene, ada.user, place, "public", {}, within=2, force=False)
    bot.tree.clear_commands(guild=None)
    await bot.tree.sync()
