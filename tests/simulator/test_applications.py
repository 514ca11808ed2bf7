from __future__ import annotations

from typing import Any

import discord
import pytest

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.cdn import drawn


@pytest.fixture
async def info(bot: Any) -> discord.AppInfo:
    found: discord.AppInfo = await bot.application_info()
    return found


async def test_the_application_is_changed(sim: Simulator, info: discord.AppInfo) -> None:
    granted = discord.Permissions(8)
    changed = await info.edit(
        description="Does things",
        tags=["fun"],
        install_params_scopes=["bot"],
        install_params_permissions=granted,
        icon=drawn(1).data,
        interactions_endpoint_url=None,
    )
    assert (changed.description, changed.tags) == ("Does things", ["fun"])
    assert changed.install_params is not None
    assert changed.install_params.permissions.administrator
    assert changed.icon is not None
    back = await changed.edit(description=None, tags=None, icon=None)
    assert (back.description, back.tags, back.icon) == ("", [], None)


async def test_only_the_limited_grants_can_be_changed(sim: Simulator, info: discord.AppInfo) -> None:
    held = sim.world.application.flags
    flags = discord.ApplicationFlags()
    flags.gateway_presence_limited = True
    try:
        changed = await info.edit(flags=flags)
        assert changed.flags.gateway_presence_limited
        assert not changed.flags.gateway_message_content_limited
    finally:
        sim.world.application.flags = held


async def test_emojis_of_the_application(
    sim: Simulator, bot: Any, general: discord.TextChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.Asset, "BASE", sim.cdn_url)
    made = await bot.create_application_emoji(name="star", image=drawn(2).data)
    assert made.is_application_owned()
    assert await made.read() == drawn(2).data
    renamed = await made.edit(name="sun")
    assert [it.name for it in await bot.fetch_application_emojis()] == ["sun"]
    assert (await bot.fetch_application_emoji(made.id)).name == "sun"
    sent = await general.send("x")
    await sent.add_reaction(renamed)
    [reaction] = (await general.fetch_message(sent.id)).reactions
    assert getattr(reaction.emoji, "id", None) == made.id
    await renamed.delete()
    assert await bot.fetch_application_emojis() == []
    with pytest.raises(discord.HTTPException, match="10014"):
        await sent.add_reaction(renamed)


async def test_the_bot_changes_its_own_looks(sim: Simulator, bot: Any, guild: ScriptedGuild) -> None:
    try:
        changed = await bot.user.edit(username="another", avatar=drawn(3).data, banner=drawn(4).data)
        assert (changed.name, changed.avatar is None) == ("another", False)
        await bot.until(lambda: bot.last("USER_UPDATE").get("username") == "another")
    finally:
        back = await bot.user.edit(username="guildbase", avatar=None, banner=None)
    assert (back.name, back.avatar) == ("guildbase", None)


async def test_pages_of_the_guilds_one_is_in(sim: Simulator, bot: Any, guild: ScriptedGuild) -> None:
    everywhere = sorted(it for it, one in sim.world.guilds.items() if sim.bot_user_id in one.members)
    assert [it.id async for it in bot.fetch_guilds(limit=None)] == everywhere
    newest = discord.Object(everywhere[-1])
    assert [it.id async for it in bot.fetch_guilds(limit=1, before=newest)] == everywhere[-2:-1]
    counted = [it async for it in bot.fetch_guilds(limit=1, with_counts=True)]
    assert counted[0].approximate_member_count == len(sim.world.guilds[everywhere[0]].members)
