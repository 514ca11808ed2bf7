from __future__ import annotations

from typing import Any

import discord
import pytest

from guildbase.simulator import Permission, ScriptedGuild
from guildbase.simulator.world.entities import VoiceState


def _state(guild: ScriptedGuild, user_id: int) -> VoiceState:
    return guild.guild.voice_states[user_id]


async def test_coming_moving_and_leaving(bot: Any, there: discord.Guild, guild: ScriptedGuild) -> None:
    lounge, office = await there.create_voice_channel("Lounge"), await there.create_voice_channel("Office")
    ada = guild.member("ada")
    await ada.joins_voice("Lounge", muted=True)
    await bot.until(lambda: [it.id for it in lounge.members] == [ada.id])
    seen = lounge.members[0].voice
    assert seen is not None
    assert (seen.self_mute, seen.self_deaf, seen.mute) == (True, False, False)
    await lounge.members[0].move_to(office, reason="work")
    await bot.until(lambda: office.members and not lounge.members)
    moved = guild.audit_log[0]
    assert (moved["action_type"], moved["options"]) == (26, {"channel_id": str(office.id), "count": "1"})
    await office.members[0].edit(mute=True, deafen=True)
    assert (await office.members[0].fetch_voice()).mute
    assert _state(guild, ada.id).self_mute
    await office.delete()
    assert not guild.guild.voice_states
    await bot.until(lambda: bot.last("VOICE_STATE_UPDATE").get("channel_id") is None)
    await ada.joins_voice("Lounge")
    await ada.leaves()
    assert not guild.guild.voice_states


async def test_fields_of_voice_channels(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    channel = await there.create_voice_channel(
        "Lounge", bitrate=96000, user_limit=5, rtc_region="japan", video_quality_mode=discord.VideoQualityMode.full
    )
    edited = await channel.edit(rtc_region=None, user_limit=0)
    assert (edited and edited.rtc_region, edited and edited.bitrate) == (None, 96000)
    path = f"/channels/{channel.id}"
    for body in ({"bitrate": 96001}, {"bitrate": 1}, {"user_limit": 100}, {"rtc_region": "moon"}):
        assert list((await api("PATCH", path, body))[1]["errors"]) == list(body)
    guild.guild.settings.premium_tier = 3
    assert (await api("PATCH", path, {"bitrate": 384000}))[1]["bitrate"] == 384000


async def test_the_status_of_a_voice_channel(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    channel = await there.create_voice_channel("Lounge")
    ada = guild.member("ada")
    await ada.joins_voice("Lounge")
    await channel.edit(status="Chess")
    await bot.until(lambda: bot.last("VOICE_CHANNEL_STATUS_UPDATE").get("status") == "Chess")
    assert (guild.audit_log[0]["action_type"], guild.audit_log[0]["options"]) == (192, {"status": "Chess"})
    path = f"/channels/{channel.id}/voice-status"
    assert (await api("PUT", path, {"status": "x" * 501}))[1]["errors"]["status"]
    await ada.does("PUT", path, {"status": "Go"})
    await ada.leaves_voice()
    await bot.until(lambda: bot.last("VOICE_CHANNEL_STATUS_UPDATE")["status"] is None)
    guild.grant_bot(Permission.VIEW_CHANNEL)
    assert (await api("PUT", path, {"status": "x"}))[1]["code"] == 50013
    assert (await api("PUT", f"/channels/{guild.channel('general').id}/voice-status", {}))[1]["code"] == 50024


async def test_sounds_need_a_place_and_a_voice(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    channel = await there.create_voice_channel("Lounge")
    path = f"/channels/{channel.id}/send-soundboard-sound"
    assert (await api("POST", path, {"sound_id": "1"}))[1]["code"] == 40032
    assert (await api("POST", path, {"sound_id": "5"}))[1]["code"] == 10097
    await there.change_voice_state(channel=channel, self_deaf=True)
    await bot.until(lambda: bot.user.id in guild.guild.voice_states)
    assert (await api("POST", path, {"sound_id": "1"}))[1]["code"] == 50167
    await there.change_voice_state(channel=channel)
    await bot.until(lambda: not _state(guild, bot.user.id).self_deaf)
    assert (await api("POST", path, {"sound_id": "1"}))[0] == 204
    await bot.until(lambda: bot.last("VOICE_CHANNEL_EFFECT_SEND").get("sound_id") == "1")
    assert bot.last("VOICE_CHANNEL_EFFECT_SEND")["emoji"]["name"] == "🦆"


async def test_states_nobody_may_see(there: discord.Guild, guild: ScriptedGuild, bot: Any, api: Any) -> None:
    ada = guild.member("ada")
    path = f"/guilds/{guild.id}/voice-states/{ada.id}"
    assert (await api("GET", path))[1]["code"] == 10065
    hidden = await there.create_voice_channel("Hidden")
    await ada.joins_voice("Hidden")
    assert (await api("GET", path))[1]["channel_id"] == str(hidden.id)
    await hidden.set_permissions(there.default_role, view_channel=False)
    guild.grant_bot(0)
    assert (await api("GET", path))[1]["code"] == 50001


async def test_voice_regions(bot: Any, api: Any, guild: ScriptedGuild) -> None:
    listed = (await api("GET", "/voice/regions"))[1]
    assert sum(it["optimal"] for it in listed) == 1
    assert (await api("GET", f"/guilds/{guild.id}/regions"))[1] == listed
    with pytest.raises(discord.NotFound):
        await bot.http.request(discord.http.Route("GET", "/guilds/5/regions"))


async def test_who_cannot_connect_cannot_manage(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    channel = await there.create_voice_channel("Closed")
    await channel.set_permissions(there.default_role, connect=False)
    await channel.set_permissions(there.me, connect=False)
    guild.grant_bot(Permission.VIEW_CHANNEL | Permission.MANAGE_CHANNELS | Permission.CONNECT)
    assert (await api("PATCH", f"/channels/{channel.id}", {"name": "Open"}))[1]["code"] == 50013
