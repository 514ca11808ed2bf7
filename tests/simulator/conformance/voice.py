from __future__ import annotations

from typing import Any

from guildbase.simulator.world import voice
from tests.simulator.conformance.walk import Walk, answers

_STATES = "/guilds/{guild_id}/voice-states"


async def _channel(walk: Walk, kind: int) -> dict[str, Any]:
    made = await walk.call("POST", "/guilds/{guild_id}/channels", {"name": "Spoken", "type": kind})
    for user_id in (walk.sim.bot_user_id, walk.member.id):
        voice.move(walk.sim.world, walk.guild.guild, user_id, int(made["id"]))
    return {"channel_id": made["id"]}


@answers("list_voice_regions", "list_guild_voice_regions")
async def regions(walk: Walk) -> None:
    assert await walk.call("GET", "/voice/regions") == await walk.call("GET", "/guilds/{guild_id}/regions")


@answers("get_self_voice_state", "get_voice_state", "update_self_voice_state", "update_voice_state")
async def voice_states(walk: Walk) -> None:
    assert (await walk.call("GET", _STATES + "/@me", expect=404))["code"] == 10065
    at = await _channel(walk, 13)
    for path in (_STATES + "/@me", _STATES + "/{user_id}"):
        assert (await walk.call("GET", path))["suppress"] is True
        await walk.call("PATCH", path, at | {"suppress": False})
        assert (await walk.call("GET", path))["suppress"] is False


@answers("update_voice_channel_status", "send_soundboard_sound")
async def in_a_voice_channel(walk: Walk) -> None:
    at = await _channel(walk, 2)
    await walk.call("PUT", "/channels/{channel_id}/voice-status", {"status": "Talking"}, **at)
    await walk.call("POST", "/channels/{channel_id}/send-soundboard-sound", {"sound_id": "1"}, **at)
    assert walk.guild.find_channel("Spoken").voice_status == "Talking"


@answers("create_stage_instance", "get_stage_instance", "update_stage_instance", "delete_stage_instance")
async def stages(walk: Walk) -> None:
    at, path = await _channel(walk, 13), "/stage-instances/{channel_id}"
    made = await walk.call("POST", "/stage-instances", at | {"topic": "News"})
    assert await walk.call("GET", path, **at) == made
    assert (await walk.call("PATCH", path, {"topic": "Other"}, **at))["topic"] == "Other"
    await walk.call("DELETE", path, **at)
    assert (await walk.call("GET", path, expect=404, **at))["code"] == 10067
