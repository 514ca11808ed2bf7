from __future__ import annotations

from typing import Any

from tests.simulator.conformance.walk import Walk, answers

_CHANNELS = "/guilds/{guild_id}/channels"


@answers("create_guild_channel", "list_guild_channels", "bulk_update_guild_channels")
async def channels_of_a_guild(walk: Walk) -> None:
    for kind in (0, 2, 4, 5, 13, 15):
        made = await walk.call("POST", _CHANNELS, {"name": f"kind-{kind}", "type": kind})
        assert made["type"] == kind
    await walk.call("PATCH", _CHANNELS, [{"id": made["id"], "position": 0}])
    assert made["id"] in [it["id"] for it in await walk.call("GET", _CHANNELS)]


@answers(
    "get_channel",
    "update_channel",
    "delete_channel",
    "set_channel_permission_overwrite",
    "delete_channel_permission_overwrite",
)
async def one_channel(walk: Walk) -> None:
    at: dict[str, Any] = {"overwrite_id": walk.guild.id}
    await walk.call("PUT", "/channels/{channel_id}/permissions/{overwrite_id}", {"type": 0, "deny": "2048"}, **at)
    read = await walk.call("GET", "/channels/{channel_id}")
    assert read["permission_overwrites"] == [{"id": str(walk.guild.id), "type": 0, "allow": "0", "deny": "2048"}]
    await walk.call("DELETE", "/channels/{channel_id}/permissions/{overwrite_id}", **at)
    changed = await walk.call("PATCH", "/channels/{channel_id}", {"topic": "On topic", "rate_limit_per_user": 5})
    assert (changed["topic"], changed["permission_overwrites"]) == ("On topic", [])
    await walk.call("DELETE", "/channels/{channel_id}")
    assert (await walk.call("GET", "/channels/{channel_id}", expect=404))["code"] == 10003


@answers("list_pins", "create_pin", "delete_pin")
async def pins(walk: Walk) -> None:
    path = "/channels/{channel_id}/messages/pins"
    message_id = await walk.message("keep")
    await walk.call("PUT", path + "/{message_id}", message_id=message_id)
    read = await walk.call("GET", path)
    assert ([it["message"]["id"] for it in read["items"]], read["has_more"]) == ([message_id], False)
    await walk.call("DELETE", path + "/{message_id}", message_id=message_id)
    assert (await walk.call("GET", path))["items"] == []


@answers("deprecated_list_pins", "deprecated_create_pin", "deprecated_delete_pin")
async def pins_of_old(walk: Walk) -> None:
    path = "/channels/{channel_id}/pins"
    message_id = await walk.message("keep")
    await walk.call("PUT", path + "/{message_id}", message_id=message_id)
    assert [it["id"] for it in await walk.call("GET", path)] == [message_id]
    await walk.call("DELETE", path + "/{message_id}", message_id=message_id)
    assert await walk.call("GET", path) == []


@answers("follow_channel", "crosspost_message")
async def announcements(walk: Walk) -> None:
    news = await walk.call("POST", _CHANNELS, {"name": "news", "type": 5})
    body = {"webhook_channel_id": str(walk.channel_id)}
    following = await walk.call("POST", "/channels/{channel_id}/followers", body, channel_id=news["id"])
    assert following["channel_id"] == news["id"]
    sent = await walk.call("POST", "/channels/{channel_id}/messages", {"content": "headline"}, channel_id=news["id"])
    at: dict[str, Any] = {"channel_id": news["id"], "message_id": sent["id"]}
    published = await walk.call("POST", "/channels/{channel_id}/messages/{message_id}/crosspost", **at)
    assert published["flags"] == 1
    copy, note = await walk.call("GET", "/channels/{channel_id}/messages")
    assert (copy["content"], copy["webhook_id"], copy["flags"]) == ("headline", following["webhook_id"], 2)
    assert copy["message_reference"]["message_id"] == sent["id"]
    assert note["type"] == 12
