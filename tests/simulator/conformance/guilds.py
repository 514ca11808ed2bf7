from __future__ import annotations

from datetime import timedelta

from tests.simulator.conformance.pictures import PNG, uri
from tests.simulator.conformance.walk import Walk, answers


@answers("get_guild")
async def the_guild(walk: Walk) -> None:
    read = await walk.call("GET", "/guilds/{guild_id}", query={"with_counts": "true"})
    assert read["approximate_member_count"] == len(walk.guild.guild.members)


@answers("list_guild_audit_log_entries")
async def the_audit_log(walk: Walk) -> None:
    await walk.call("POST", "/guilds/{guild_id}/roles", {"name": "New"}, headers={"X-Audit-Log-Reason": "for%20fun"})
    entries = (await walk.call("GET", "/guilds/{guild_id}/audit-logs"))["audit_log_entries"]
    assert (entries[0]["action_type"], entries[0]["reason"]) == (30, "for fun")


@answers("update_guild", "get_guild_preview", "get_guild_vanity_url")
async def settings(walk: Walk) -> None:
    body = {"name": "Renamed", "icon": uri(PNG), "system_channel_id": str(walk.channel_id), "afk_timeout": 900}
    changed = await walk.call("PATCH", "/guilds/{guild_id}", body)
    assert (changed["name"], changed["afk_timeout"]) == ("Renamed", 900)
    preview = await walk.call("GET", "/guilds/{guild_id}/preview")
    assert preview["icon"] == changed["icon"]
    assert (await walk.call("GET", "/guilds/{guild_id}/vanity-url"))["code"] is None


@answers("update_guild_incident_actions")
async def incidents(walk: Walk) -> None:
    until = (walk.sim.world.clock.now() + timedelta(hours=2)).isoformat()
    closed = await walk.call("PUT", "/guilds/{guild_id}/incident-actions", {"invites_disabled_until": until})
    assert closed == {"invites_disabled_until": until, "dms_disabled_until": None}
    opened = await walk.call("PUT", "/guilds/{guild_id}/incident-actions", {"invites_disabled_until": None})
    assert opened["invites_disabled_until"] is None


@answers("get_guild_widget_settings", "update_guild_widget_settings", "get_guild_widget", "get_guild_widget_png")
async def the_widget(walk: Walk) -> None:
    path = "/guilds/{guild_id}/widget"
    assert (await walk.call("GET", path + ".json", expect=403))["code"] == 50004
    await walk.call("PATCH", path, {"enabled": True, "channel_id": str(walk.channel_id)})
    assert (await walk.call("GET", path))["enabled"] is True
    assert (await walk.call("GET", path + ".json"))["presence_count"] == 1
    assert (await walk.call("GET", path + ".png")).startswith(b"\x89PNG")


@answers("preview_prune_guild", "prune_guild")
async def pruning(walk: Walk) -> None:
    walk.guild.guild.members[walk.member.id].joined_at -= timedelta(days=20)
    assert (await walk.call("GET", "/guilds/{guild_id}/prune", query={"days": "10"}))["pruned"] == 1
    assert (await walk.call("POST", "/guilds/{guild_id}/prune", {"days": 10}))["pruned"] == 1
    assert walk.member.membership is None


@answers("guild_search")
async def searching(walk: Walk) -> None:
    wanted = await walk.message("a needle in a haystack")
    await walk.message("hay")
    found = await walk.call("GET", "/guilds/{guild_id}/messages/search", query={"content": "needle"})
    assert [it[0]["id"] for it in found["messages"]] == [wanted]
