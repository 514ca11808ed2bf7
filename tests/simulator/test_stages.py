from __future__ import annotations

from typing import Any

import discord
import pytest

from guildbase.simulator import NotAllowed, Permission, ScriptedGuild, Simulator


async def test_going_live(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    channel = await there.create_stage_channel("Stage")
    stage = await channel.create_instance(topic="Opening", reason="talk")
    await bot.until(lambda: there.stage_instances)
    created = guild.audit_log[0]
    assert (created["action_type"], created["reason"]) == (83, "talk")
    assert created["options"] == {"channel_id": str(channel.id)}
    with pytest.raises(discord.HTTPException) as twice:
        await channel.create_instance(topic="Again")
    assert twice.value.code == 150006
    await stage.edit(topic="Closing")
    await bot.until(lambda: there.stage_instances[0].topic == "Closing")
    entry = await anext(there.audit_logs(action=discord.AuditLogAction.stage_instance_update))
    assert (entry.before.topic, entry.after.topic) == ("Opening", "Closing")
    path = f"/stage-instances/{channel.id}"
    assert (await api("PATCH", path, {"topic": ""}))[1]["errors"]["topic"]
    assert (await api("PATCH", path, {"privacy_level": 1}))[1]["errors"]["privacy_level"]
    await channel.delete()
    await bot.until(lambda: not there.stage_instances)
    assert not guild.guild.stages


async def test_stages_come_with_the_guild(sim: Simulator, run: Any, there: discord.Guild) -> None:
    channel = await there.create_stage_channel("Stage")
    await channel.create_instance(topic="Opening")
    second = run.Bot()
    async with run.connected(sim, second):
        known = second.get_guild(there.id)
        assert known is not None
        assert [it.topic for it in known.stage_instances] == ["Opening"]


async def test_listeners_and_speakers(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    channel = await there.create_stage_channel("Stage")
    ada, own = guild.member("ada"), f"/guilds/{guild.id}/voice-states/@me"
    await ada.joins_voice("Stage")
    await bot.until(lambda: channel.listeners)
    with pytest.raises(NotAllowed, match="MUTE_MEMBERS"):
        await ada.does("PATCH", own, {"suppress": False})
    asked = "2026-01-01T00:00:00+00:00"
    await ada.does("PATCH", own, {"request_to_speak_timestamp": asked})
    await bot.until(lambda: channel.requesting_to_speak)
    await channel.listeners[0].edit(suppress=False)
    await bot.until(lambda: channel.speakers and not channel.requesting_to_speak)
    await ada.does("PATCH", own, {"suppress": True})
    await bot.until(lambda: not channel.speakers)
    assert (await api("PATCH", own, {"suppress": False}))[1]["code"] == 40032
    await there.create_voice_channel("Lounge")
    await ada.joins_voice("Lounge")
    assert (await api("PATCH", f"/guilds/{guild.id}/voice-states/{ada.id}", {"suppress": True}))[1]["code"] == 50024


async def test_stages_need_a_moderator(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    channel = await there.create_stage_channel("Stage")
    general = {"channel_id": str(guild.channel("general").id), "topic": "x"}
    assert (await api("POST", "/stage-instances", general))[1]["code"] == 50024
    assert (await api("POST", "/stage-instances", {"channel_id": "5", "topic": "x"}))[1]["code"] == 10003
    await channel.create_instance(topic="Opening")
    guild.grant_bot(Permission.VIEW_CHANNEL | Permission.MANAGE_CHANNELS)
    for method in ("PATCH", "DELETE"):
        assert (await api(method, f"/stage-instances/{channel.id}", {"topic": "x"}))[1]["code"] == 50013
    assert (await api("GET", f"/stage-instances/{channel.id}"))[1]["topic"] == "Opening"
