from __future__ import annotations

from typing import Any

import discord
import pytest

from guildbase.simulator import (
    GatewaySettings,
    NotAllowed,
    NotConnected,
    NothingHeard,
    Permission,
    ScriptedGuild,
    Simulator,
)
from guildbase.simulator.people.person import Person


async def test_people_stay_the_same(sim: Simulator, guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    assert guild.member("ada") is ada
    assert sim.guild(guild.name) is guild
    assert ada.roles == []
    assert guild.member("ada", roles=["VIP"]).roles == ["VIP"]
    assert (ada.mention, repr(ada)) == (f"<@{ada.id}>", f"<Person ada in {guild.name}>")
    assert guild.owner.name == "owner"
    assert discord.utils.snowflake_time(ada.id).year < discord.utils.utcnow().year
    assert sim.guild("Elsewhere").member("ada").id == ada.id


async def test_hearing(bot: Any, guild: ScriptedGuild, general: discord.TextChannel) -> None:
    ada = guild.member("ada")
    await general.send("before")
    assert (await ada.hears()).text == "before"
    await ada.says("now")
    await general.send("one")
    await general.send("two")
    assert repr(await ada.hears()) == "<SeenMessage 'one'>"
    assert (await ada.hears(matching=lambda it: it.text == "two")).content == "two"
    log = discord.utils.get(general.guild.text_channels, name="mod-log")
    assert log is not None
    await log.send(embed=discord.Embed(description="logged"))
    assert (await ada.hears(in_channel="mod-log")).text == "logged"
    with pytest.raises(NothingHeard, match=r"ada heard nothing from the bot in #general within 0\.01 s\n"):
        await ada.hears(timeout=0.01)
    with pytest.raises(NothingHeard, match="that matches"):
        await ada.hears(timeout=0.01, matching=lambda it: bool(it.reactions))


async def test_writing_and_changing(bot: Any, guild: ScriptedGuild) -> None:
    ada, bob = guild.member("ada"), guild.member("bob")
    said = await ada.says("typo")
    await ada.edits(said, "correct")
    await bot.until(lambda: bot.last("MESSAGE_UPDATE").get("content") == "correct")
    assert (await said.edited(matching="correct")).text == "correct"
    # Who looks again after the edit finds what they wait for, too.
    assert (await said.edited(matching="correct")).text == "correct"
    with pytest.raises(NotAllowed, match="someone else"):
        await bob.edits(said, "x")
    with pytest.raises(NotAllowed, match="MANAGE_MESSAGES"):
        await bob.deletes(said)
    with pytest.raises(NothingHeard, match="no edit that matches"):
        await said.edited(timeout=0.01, matching=lambda _: False)
    with pytest.raises(NothingHeard, match="was not deleted"):
        await said.vanishes(timeout=0.01)
    await guild.owner.deletes(said)
    await said.vanishes()
    await ada.leaves()
    with pytest.raises(NotAllowed, match="not a member"):
        await ada.slash("x")


async def test_text_of_components(bot: Any, guild: ScriptedGuild, general: discord.TextChannel) -> None:
    view = discord.ui.LayoutView()
    view.add_item(discord.ui.Container(discord.ui.TextDisplay("inside")))
    await general.send(view=view)
    assert guild.messages()[-1].text == "inside"


async def test_without_a_bot_people_say_so() -> None:
    async with Simulator() as sim:
        guild = sim.guild("A", bot_permissions=None)
        with pytest.raises(NotConnected):
            await sim.scene.bot_connected(guild.id, timeout=0.01)
        await guild.add_bot(permissions=Permission.SEND_MESSAGES)
        assert guild.guild.roles[guild.guild.members[sim.bot_user_id].roles[0]].permissions == 1 << 11
        assert isinstance(guild.owner, Person)
        assert await sim.reconnect() == 0


async def test_an_outage_keeps_the_world(run: Any) -> None:
    async with Simulator(gateway=GatewaySettings(identify_interval=0.0)) as sim:
        guild = sim.guild("A")
        bot = run.Bot(enable_debug_events=True)
        async with run.connected(sim, bot):
            port = sim.port
            await sim.stop()
            await sim.start()
            assert sim.port == port
            await sim.until_connected()
            await guild.member("ada").says("still here")
            await bot.until(lambda: bot.last("MESSAGE_CREATE").get("content") == "still here")
