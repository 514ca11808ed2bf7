from __future__ import annotations

from typing import Any

from tests.simulator.conformance.walk import Walk, answers

_RULES = "/guilds/{guild_id}/auto-moderation/rules"
_ONE = _RULES + "/{rule_id}"
_BLOCK = {"type": 1, "metadata": {"custom_message": "No."}}
_KINDS: list[dict[str, Any]] = [
    {"trigger_type": 1, "trigger_metadata": {"keyword_filter": ["cat*"], "regex_patterns": ["do+g"]}},
    {"trigger_type": 3},
    {"trigger_type": 4, "trigger_metadata": {"presets": [1, 3], "allow_list": ["damn"]}},
    {"trigger_type": 5, "trigger_metadata": {"mention_total_limit": 3}},
]


@answers(
    "create_auto_moderation_rule",
    "list_auto_moderation_rules",
    "get_auto_moderation_rule",
    "update_auto_moderation_rule",
    "delete_auto_moderation_rule",
)
async def rules(walk: Walk) -> None:
    for kind in _KINDS:
        made = await walk.call("POST", _RULES, {"name": "Rule", "event_type": 1, "actions": [_BLOCK], **kind})
        assert made["enabled"] is False
    profile = {
        "name": "Names",
        "event_type": 2,
        "trigger_type": 6,
        "trigger_metadata": {"keyword_filter": ["admin"]},
        "actions": [{"type": 4}, {"type": 2, "metadata": {"channel_id": str(walk.channel_id)}}],
    }
    await walk.call("POST", _RULES, profile)
    assert len(await walk.call("GET", _RULES)) == 5
    changed = await walk.call("PATCH", _ONE, {"enabled": True, "name": "Other"}, rule_id=made["id"])
    assert (changed["enabled"], changed["name"]) == (True, "Other")
    assert await walk.call("GET", _ONE, rule_id=made["id"]) == changed
    await walk.call("DELETE", _ONE, rule_id=made["id"])
    await walk.call("GET", _ONE, rule_id=made["id"], expect=404)
