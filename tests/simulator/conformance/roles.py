from __future__ import annotations

from typing import Any

from tests.simulator.conformance.walk import Walk, answers

_ROLES = "/guilds/{guild_id}/roles"


@answers(
    "create_guild_role",
    "list_guild_roles",
    "get_guild_role",
    "update_guild_role",
    "bulk_update_guild_roles",
    "delete_guild_role",
)
async def roles(walk: Walk) -> None:
    made = await walk.call("POST", _ROLES, {"name": "New", "color": 255, "permissions": "8"})
    at: dict[str, Any] = {"role_id": made["id"]}
    assert made in await walk.call("GET", _ROLES)
    assert await walk.call("GET", _ROLES + "/{role_id}", **at) == made
    assert (await walk.call("PATCH", _ROLES + "/{role_id}", {"hoist": True}, **at))["hoist"] is True
    await walk.call("PATCH", _ROLES, [{"id": made["id"], "position": 1}])
    await walk.call("DELETE", _ROLES + "/{role_id}", **at)
    assert (await walk.call("GET", _ROLES + "/{role_id}", expect=404, **at))["code"] == 10011


@answers("guild_role_member_counts")
async def counts(walk: Walk) -> None:
    role = walk.guild.role("Helper")
    walk.guild.member("walker", roles=["Helper"])
    assert (await walk.call("GET", _ROLES + "/member-counts"))[str(role.id)] == 1
