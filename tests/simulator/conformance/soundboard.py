from __future__ import annotations

from tests.simulator.conformance.pictures import OGG, uri
from tests.simulator.conformance.walk import Walk, answers

_SOUNDS = "/guilds/{guild_id}/soundboard-sounds"
_ONE = _SOUNDS + "/{sound_id}"


@answers(
    "create_guild_soundboard_sound",
    "list_guild_soundboard_sounds",
    "get_guild_soundboard_sound",
    "update_guild_soundboard_sound",
    "delete_guild_soundboard_sound",
)
async def sounds(walk: Walk) -> None:
    made = await walk.call("POST", _SOUNDS, {"name": "horn", "sound": uri(OGG, "audio/ogg"), "emoji_name": "🎺"})
    assert (made["volume"], made["emoji_name"]) == (1.0, "🎺")
    assert (await walk.call("GET", _SOUNDS))["items"] == [made]
    changed = await walk.call("PATCH", _ONE, {"volume": 0.5, "emoji_name": None}, sound_id=made["sound_id"])
    assert (changed["volume"], changed["emoji_name"]) == (0.5, None)
    assert await walk.call("GET", _ONE, sound_id=made["sound_id"]) == changed
    await walk.call("DELETE", _ONE, sound_id=made["sound_id"])
    assert (await walk.call("GET", _ONE, sound_id=made["sound_id"], expect=404))["code"] == 10097


@answers("get_soundboard_default_sounds")
async def default_sounds(walk: Walk) -> None:
    assert "quack" in [it["name"] for it in await walk.call("GET", "/soundboard-default-sounds")]
