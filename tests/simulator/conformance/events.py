from __future__ import annotations

from datetime import timedelta
from typing import Any

from guildbase.simulator.world import scheduled_events
from tests.simulator.conformance.walk import Walk, answers

_EVENTS = "/guilds/{guild_id}/scheduled-events"
_ONE = _EVENTS + "/{guild_scheduled_event_id}"


async def _planned(walk: Walk, **more: object) -> dict[str, Any]:
    now = walk.sim.world.clock.now()
    body = {
        "name": "Picnic",
        "privacy_level": 2,
        "entity_type": 3,
        "entity_metadata": {"location": "Park"},
        "scheduled_start_time": (now + timedelta(days=1)).isoformat(),
        "scheduled_end_time": (now + timedelta(days=1, hours=2)).isoformat(),
        **more,
    }
    made: dict[str, Any] = await walk.call("POST", _EVENTS, body)
    return made


@answers(
    "create_guild_scheduled_event",
    "list_guild_scheduled_events",
    "get_guild_scheduled_event",
    "update_guild_scheduled_event",
    "delete_guild_scheduled_event",
)
async def events(walk: Walk) -> None:
    made = await _planned(walk)
    at: dict[str, Any] = {"guild_scheduled_event_id": made["id"]}
    voice = await walk.call("POST", "/guilds/{guild_id}/channels", {"name": "Stage", "type": 2})
    await _planned(walk, entity_type=2, channel_id=voice["id"], entity_metadata=None, scheduled_end_time=None)
    assert len(await walk.call("GET", _EVENTS, query={"with_user_count": "true"})) == 2
    changed = await walk.call("PATCH", _ONE, {"description": "Bring cake", "status": 2}, **at)
    assert (changed["description"], changed["status"]) == ("Bring cake", 2)
    read = await walk.call("GET", _ONE, query={"with_user_count": "true"}, **at)
    assert read["user_count"] == 1
    await walk.call("DELETE", _ONE, **at)
    assert (await walk.call("GET", _ONE, expect=404, **at))["code"] == 10070


@answers(
    "list_guild_scheduled_event_users",
    "count_guild_scheduled_event_users",
    "create_guild_scheduled_event_exception",
    "update_guild_scheduled_event_exception",
    "delete_guild_scheduled_event_exception",
    "list_guild_scheduled_event_exception_users",
)
async def interest(walk: Walk) -> None:
    start = walk.sim.world.clock.now() + timedelta(days=1)
    weekly = {"start": start.isoformat(), "frequency": 2, "interval": 1, "by_weekday": [start.weekday()]}
    made = await _planned(walk, recurrence_rule=weekly)
    at: dict[str, Any] = {"guild_scheduled_event_id": made["id"]}
    original = {"original_scheduled_start_time": (start + timedelta(days=7)).isoformat()}
    exception = await walk.call("POST", _ONE + "/exceptions", original | {"is_canceled": True}, **at)
    there: dict[str, Any] = at | {"exception_id": exception["event_exception_id"]}
    changed = await walk.call("PATCH", _ONE + "/exceptions/{exception_id}", {"is_canceled": False}, **there)
    assert (exception["is_canceled"], changed["is_canceled"]) == (True, False)
    event = walk.guild.guild.scheduled_events[int(made["id"])]
    only = event.exceptions[int(exception["event_exception_id"])]
    scheduled_events.subscribe(walk.sim.world, walk.guild.guild, event, walk.member.user, only)
    users = await walk.call("GET", _ONE + "/users", query={"with_member": "true"}, **at)
    assert {it["user"]["username"] for it in users} == {"guildbase", "walker"}
    counts = await walk.call("GET", _ONE + "/users/counts", **at)
    assert counts["guild_scheduled_event_exception_counts"] == {str(only.id): 1}
    of_one = await walk.call(
        "GET", _ONE + "/{guild_scheduled_event_exception_id}/users", guild_scheduled_event_exception_id=only.id, **at
    )
    assert [it["user_id"] for it in of_one] == [str(walk.member.id)]
    await walk.call("DELETE", _ONE + "/exceptions/{exception_id}", **there)
