from __future__ import annotations

from typing import Any

from guildbase.simulator.world import interactions
from guildbase.simulator.world.entities import InteractionType
from tests.simulator.conformance.walk import Walk, answers

_HOOK = "/webhooks/{webhook_id}/{webhook_token}"
_ORIGINAL = _HOOK + "/messages/@original"
_MESSAGE = _HOOK + "/messages/{message_id}"


async def _answered(walk: Walk) -> dict[str, Any]:
    """Use a command, answer it, and return the ids by which the answer is reached."""
    world = walk.sim.world
    data: dict[str, Any] = {"id": str(world.new_id()), "name": "ping", "type": 1}
    channel = walk.guild.channel("general")
    started = interactions.start(world, InteractionType.COMMAND, walk.member.user, channel, data, name="/ping")
    path = "/interactions/{interaction_id}/{interaction_token}/callback"
    body = {"type": 4, "data": {"content": "pong"}}
    at: dict[str, Any] = {"interaction_id": started.id, "interaction_token": started.token}
    answer = await walk.call("POST", path, body, query={"with_response": "true"}, **at)
    assert answer["resource"]["message"]["content"] == "pong"
    return {"webhook_id": walk.sim.application_id, "webhook_token": started.token}


@answers(
    "create_interaction_response",
    "get_original_webhook_message",
    "update_original_webhook_message",
    "delete_original_webhook_message",
)
async def the_answer(walk: Walk) -> None:
    at = await _answered(walk)
    assert (await walk.call("GET", _ORIGINAL, **at))["content"] == "pong"
    assert (await walk.call("PATCH", _ORIGINAL, {"content": "other"}, **at))["content"] == "other"
    await walk.call("DELETE", _ORIGINAL, **at)
    assert (await walk.call("GET", _ORIGINAL, expect=404, **at))["code"] == 10008
    sent = await walk.call("POST", _HOOK, {"content": "more"}, query={"wait": "true"}, **at)
    assert (await walk.call("GET", _MESSAGE, message_id=sent["id"], **at))["content"] == "more"


@answers("applications_get_activity_instance")
async def an_activity(walk: Walk) -> None:
    world = walk.sim.world
    data: dict[str, Any] = {"id": str(world.new_id()), "name": "play", "type": 1}
    channel = walk.guild.channel("general")
    started = interactions.start(world, InteractionType.COMMAND, walk.member.user, channel, data, name="/play")
    at: dict[str, Any] = {"interaction_id": started.id, "interaction_token": started.token}
    path = "/interactions/{interaction_id}/{interaction_token}/callback"
    answer = await walk.call("POST", path, {"type": 12}, query={"with_response": "true"}, **at)
    instance = answer["resource"]["activity_instance"]["id"]
    path = "/applications/{application_id}/activity-instances/{instance_id}"
    assert (await walk.call("GET", path, instance_id=instance))["users"] == [str(walk.member.id)]
    assert (await walk.call("GET", path, instance_id="other", expect=404))["code"] == 10084
