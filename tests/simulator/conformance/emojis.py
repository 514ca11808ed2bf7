from __future__ import annotations

from tests.simulator.conformance.pictures import GIF, PNG, uri
from tests.simulator.conformance.walk import Walk, answers

_EMOJIS = "/guilds/{guild_id}/emojis"
_ONE = _EMOJIS + "/{emoji_id}"


@answers("create_guild_emoji", "list_guild_emojis", "get_guild_emoji", "update_guild_emoji", "delete_guild_emoji")
async def emojis(walk: Walk) -> None:
    made = await walk.call("POST", _EMOJIS, {"name": "star", "image": uri(PNG)})
    moving = await walk.call("POST", _EMOJIS, {"name": "wave", "image": uri(GIF, "image/gif")})
    assert (made["animated"], moving["animated"]) == (False, True)
    assert made["user"]["id"] == str(walk.sim.bot_user_id)
    assert [it["name"] for it in await walk.call("GET", _EMOJIS)] == ["star", "wave"]
    changed = await walk.call("PATCH", _ONE, {"name": "sun", "roles": [str(walk.guild.id)]}, emoji_id=made["id"])
    assert (changed["name"], changed["roles"]) == ("sun", [str(walk.guild.id)])
    assert await walk.call("GET", _ONE, emoji_id=made["id"]) == changed
    await walk.call("DELETE", _ONE, emoji_id=made["id"])
    assert (await walk.call("GET", _ONE, emoji_id=made["id"], expect=404))["code"] == 10014
