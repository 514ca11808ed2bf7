from __future__ import annotations

from typing import Any

from tests.simulator.conformance.walk import Walk, answers

_THREADS = "/channels/{channel_id}/threads"
_MEMBERS = "/channels/{channel_id}/thread-members"
_FORUM = {"name": "forum", "type": 15, "available_tags": [{"name": "new", "emoji_name": "⭐"}]}


async def _thread(walk: Walk, kind: int = 11) -> dict[str, Any]:
    return {"channel_id": (await walk.call("POST", _THREADS, {"name": "Thread", "type": kind}))["id"]}


@answers("create_thread_from_message", "create_thread", "get_active_guild_threads")
async def starting(walk: Walk) -> None:
    message_id = await walk.message()
    path = "/channels/{channel_id}/messages/{message_id}/threads"
    made = await walk.call("POST", path, {"name": "About it"}, message_id=message_id)
    assert made["id"] == message_id
    read = await walk.call("GET", "/channels/{channel_id}/messages/{message_id}", message_id=message_id)
    assert read["thread"]["id"] == message_id
    starter = (await walk.call("GET", "/channels/{channel_id}/messages", channel_id=message_id))[0]
    assert (starter["type"], starter["referenced_message"]["id"]) == (21, message_id)
    private = await walk.call("POST", _THREADS, {"name": "Secret", "type": 12, "invitable": False})
    assert private["thread_metadata"]["invitable"] is False
    forum = await walk.call("POST", "/guilds/{guild_id}/channels", _FORUM)
    post = {"name": "Post", "applied_tags": [forum["available_tags"][0]["id"]], "message": {"content": "first"}}
    made = await walk.call("POST", _THREADS, post, channel_id=forum["id"])
    assert (made["message"]["id"], made["applied_tags"]) == (made["id"], post["applied_tags"])
    active = await walk.call("GET", "/guilds/{guild_id}/threads/active")
    assert [it["id"] for it in active["threads"]] == [made["id"], private["id"], message_id]


@answers(
    "join_thread",
    "leave_thread",
    "add_thread_member",
    "delete_thread_member",
    "get_thread_member",
    "list_thread_members",
)
async def members(walk: Walk) -> None:
    at = await _thread(walk)
    await walk.call("DELETE", _MEMBERS + "/@me", **at)
    await walk.call("PUT", _MEMBERS + "/@me", **at)
    await walk.call("PUT", _MEMBERS + "/{user_id}", **at)
    one = await walk.call("GET", _MEMBERS + "/{user_id}", query={"with_member": "true"}, **at)
    assert one["member"]["user"]["username"] == "walker"
    assert len(await walk.call("GET", _MEMBERS, **at)) == 2
    await walk.call("DELETE", _MEMBERS + "/{user_id}", **at)
    assert (await walk.call("GET", _MEMBERS + "/{user_id}", expect=404, **at))["code"] == 10007


@answers(
    "list_public_archived_threads",
    "list_private_archived_threads",
    "list_my_private_archived_threads",
    "thread_search",
)
async def finding(walk: Walk) -> None:
    archive = _THREADS + "/archived"
    for kind, path in ((11, archive + "/public"), (12, archive + "/private")):
        at = await _thread(walk, kind)
        await walk.call("PATCH", "/channels/{channel_id}", {"archived": True}, **at)
        assert [it["id"] for it in (await walk.call("GET", path))["threads"]] == [at["channel_id"]]
    joined = await walk.call("GET", "/channels/{channel_id}/users/@me/threads/archived/private")
    assert [it["id"] for it in joined["threads"]] == [at["channel_id"]]
    forum = await walk.call("POST", "/guilds/{guild_id}/channels", _FORUM)
    post = {"name": "A needle", "message": {"content": "first"}}
    made = await walk.call("POST", _THREADS, post, channel_id=forum["id"])
    found = await walk.call("GET", _THREADS + "/search", query={"name": "needle"}, channel_id=forum["id"])
    assert ([it["id"] for it in found["threads"]], found["total_results"]) == ([made["id"]], 1)
    assert found["first_messages"][0]["content"] == "first"
