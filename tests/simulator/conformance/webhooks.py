from __future__ import annotations

from typing import Any

from tests.simulator.conformance.pictures import PNG, uri
from tests.simulator.conformance.walk import Walk, answers

_HOOK = "/webhooks/{webhook_id}"
_KNOWN = _HOOK + "/{webhook_token}"
_MESSAGE = _KNOWN + "/messages/{message_id}"


async def _webhook(walk: Walk) -> dict[str, Any]:
    made = await walk.call("POST", "/channels/{channel_id}/webhooks", {"name": "Hook", "avatar": uri(PNG)})
    return {"webhook_id": made["id"], "webhook_token": made["token"]}


@answers(
    "create_webhook",
    "list_channel_webhooks",
    "get_guild_webhooks",
    "get_webhook",
    "update_webhook",
    "delete_webhook",
    "get_webhook_by_token",
    "update_webhook_by_token",
    "delete_webhook_by_token",
)
async def webhooks(walk: Walk) -> None:
    at = await _webhook(walk)
    for path in ("/channels/{channel_id}/webhooks", "/guilds/{guild_id}/webhooks"):
        assert [it["id"] for it in await walk.call("GET", path)] == [at["webhook_id"]]
    assert (await walk.call("GET", _HOOK, **at))["user"]["bot"] is True
    assert "user" not in await walk.call("GET", _KNOWN, **at)
    assert (await walk.call("PATCH", _HOOK, {"name": "Other"}, **at))["name"] == "Other"
    assert (await walk.call("PATCH", _KNOWN, {"avatar": None}, **at))["avatar"] is None
    await walk.call("DELETE", _HOOK, **at)
    assert (await walk.call("GET", _HOOK, expect=404, **at))["code"] == 10015
    await walk.call("DELETE", _KNOWN, **await _webhook(walk))


@answers("execute_webhook", "get_webhook_message", "update_webhook_message", "delete_webhook_message")
async def their_messages(walk: Walk) -> None:
    at = await _webhook(walk)
    await walk.call("POST", _KNOWN, {"content": "unheard"}, **at)
    body = {"content": "hello", "username": "Somebody", "embeds": [{"title": "T"}]}
    sent = await walk.call("POST", _KNOWN, body, query={"wait": "true"}, **at)
    assert (sent["author"]["username"], sent["webhook_id"]) == ("Somebody", at["webhook_id"])
    at["message_id"] = sent["id"]
    assert (await walk.call("GET", _MESSAGE, **at))["content"] == "hello"
    assert (await walk.call("PATCH", _MESSAGE, {"content": "other"}, **at))["content"] == "other"
    await walk.call("DELETE", _MESSAGE, **at)
    assert (await walk.call("GET", _MESSAGE, expect=404, **at))["code"] == 10008


@answers("execute_slack_compatible_webhook", "execute_github_compatible_webhook")
async def made_for_others(walk: Walk) -> None:
    at = await _webhook(walk)
    slack = {"text": "deployed", "attachments": [{"title": "v2", "color": "#00ff00", "fields": [{"title": "a"}]}]}
    assert await walk.call("POST", _KNOWN + "/slack", slack, **at) == "ok"
    github = {
        "ref": "refs/heads/main",
        "repository": {"full_name": "ada/engine"},
        "sender": {"login": "ada"},
        "commits": [{"id": "0123456789", "message": "Start it", "url": "https://example.com/1"}],
    }
    await walk.call("POST", _KNOWN + "/github", github, **at)
    await walk.call("POST", _KNOWN + "/github", {"zen": "Keep it simple"}, **at)
    push, deployed = await walk.call("GET", "/channels/{channel_id}/messages")
    assert push["embeds"][0]["title"] == "[ada/engine] 1 new commits"
    assert (deployed["content"], deployed["embeds"][0]["color"]) == ("deployed", 0x00FF00)
