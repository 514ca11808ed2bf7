from __future__ import annotations

from typing import Any

from tests.simulator.conformance.walk import Walk, answers

_MESSAGES = "/channels/{channel_id}/messages"
_ONE = _MESSAGES + "/{message_id}"
_REACTIONS = _ONE + "/reactions"
_ROW = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Press", "custom_id": "press"}]}


@answers(
    "create_message", "get_message", "list_messages", "update_message", "delete_message", "trigger_typing_indicator"
)
async def one_message(walk: Walk) -> None:
    await walk.call("POST", "/channels/{channel_id}/typing")
    file = {"files[0]": ("a.txt", b"text", "text/plain")}
    rich = {
        "content": "hello",
        "embeds": [{"title": "T", "fields": [{"name": "n", "value": "v"}]}],
        "components": [_ROW],
    }
    sent = await walk.call("POST", _MESSAGES, rich, files=file)
    reply = await walk.message("reply", message_reference={"message_id": sent["id"]})
    read = await walk.call("GET", _ONE, message_id=reply)
    assert read["referenced_message"]["id"] == sent["id"]
    assert [it["id"] for it in await walk.call("GET", _MESSAGES)] == [reply, sent["id"]]
    assert (await walk.call("PATCH", _ONE, {"content": "other"}, message_id=reply))["content"] == "other"
    await walk.call("DELETE", _ONE, message_id=reply)
    assert (await walk.call("GET", _ONE, message_id=reply, expect=404))["code"] == 10008


@answers("bulk_delete_messages")
async def many_messages(walk: Walk) -> None:
    both = [await walk.message(), await walk.message()]
    await walk.call("POST", _MESSAGES + "/bulk-delete", {"messages": both})
    assert await walk.call("GET", _MESSAGES) == []


@answers(
    "add_my_message_reaction",
    "delete_my_message_reaction",
    "delete_user_message_reaction",
    "list_message_reactions_by_emoji",
    "delete_all_message_reactions_by_emoji",
    "delete_all_message_reactions",
)
async def reactions(walk: Walk) -> None:
    message_id = await walk.message()
    at: dict[str, Any] = {"message_id": message_id, "emoji_name": "⭐"}
    await walk.call("PUT", _REACTIONS + "/{emoji_name}/@me", **at)
    users = await walk.call("GET", _REACTIONS + "/{emoji_name}", **at)
    assert [it["id"] for it in users] == [str(walk.sim.bot_user_id)]
    assert (await walk.call("GET", _ONE, **at))["reactions"][0]["count"] == 1
    await walk.call("DELETE", _REACTIONS + "/{emoji_name}/@me", **at)
    await walk.call("PUT", _REACTIONS + "/{emoji_name}/@me", **at)
    await walk.call("DELETE", _REACTIONS + "/{emoji_name}/{user_id}", user_id=walk.sim.bot_user_id, **at)
    for path in (_REACTIONS + "/{emoji_name}", _REACTIONS):
        await walk.call("PUT", _REACTIONS + "/{emoji_name}/@me", **at)
        await walk.call("DELETE", path, **at)
    assert await walk.call("GET", _REACTIONS + "/{emoji_name}", **at) == []
