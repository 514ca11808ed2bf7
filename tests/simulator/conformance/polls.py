from __future__ import annotations

from typing import Any

from guildbase.simulator.world import polls as votes
from tests.simulator.conformance.walk import Walk, answers

_POLL = "/channels/{channel_id}/polls/{message_id}"
_QUESTION = {
    "question": {"text": "Which?"},
    "answers": [{"poll_media": {"text": "A"}}, {"poll_media": {"text": "B", "emoji": {"name": "⭐"}}}],
    "duration": 1,
}


@answers("get_answer_voters", "poll_expire")
async def polls(walk: Walk) -> None:
    sent = await walk.call("POST", "/channels/{channel_id}/messages", {"poll": _QUESTION})
    at: dict[str, Any] = {"message_id": sent["id"]}
    votes.vote(walk.sim.world, walk.sim.world.message(walk.channel_id, int(sent["id"])), walk.member.user, [2])
    assert (await walk.call("GET", _POLL + "/answers/{answer_id}", answer_id=1, **at))["users"] == []
    voters = await walk.call("GET", _POLL + "/answers/{answer_id}", answer_id=2, **at)
    assert [it["id"] for it in voters["users"]] == [str(walk.member.id)]
    ended = await walk.call("POST", _POLL + "/expire", **at)
    assert ended["poll"]["results"]["is_finalized"] is True
    newest, _ = await walk.call("GET", "/channels/{channel_id}/messages")
    assert (newest["type"], newest["embeds"][0]["type"]) == (46, "poll_result")
    assert (await walk.call("POST", _POLL + "/expire", expect=400, **at))["code"] == 520001
