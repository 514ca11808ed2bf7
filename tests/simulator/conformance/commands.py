from __future__ import annotations

from guildbase.simulator.permissions import Permission
from tests.simulator.conformance.applications import bearer
from tests.simulator.conformance.walk import Walk, answers

_PING = {"name": "ping", "description": "Answer", "options": [{"type": 6, "name": "who", "description": "Whom"}]}


@answers(
    "bulk_set_application_commands",
    "list_application_commands",
    "create_application_command",
    "get_application_command",
    "update_application_command",
    "delete_application_command",
)
async def global_commands(walk: Walk) -> None:
    await _commands(walk, "/applications/{application_id}/commands")


@answers(
    "bulk_set_guild_application_commands",
    "list_guild_application_commands",
    "create_guild_application_command",
    "get_guild_application_command",
    "update_guild_application_command",
    "delete_guild_application_command",
)
async def commands_of_a_guild(walk: Walk) -> None:
    await _commands(walk, "/applications/{application_id}/guilds/{guild_id}/commands")


@answers(
    "list_guild_application_command_permissions",
    "get_guild_application_command_permissions",
    "set_guild_application_command_permissions",
)
async def permissions_of_commands(walk: Walk) -> None:
    commands = "/applications/{application_id}/guilds/{guild_id}/commands"
    one = commands + "/{command_id}/permissions"
    made = await walk.call("POST", commands, _PING)
    assert (await walk.call("GET", one, command_id=made["id"], expect=404))["code"] == 10066
    rules = {"permissions": [{"id": str(walk.guild.id), "type": 1, "permission": False}]}
    assert (await walk.call("PUT", one, rules, command_id=made["id"], expect=403))["code"] == 20001
    allowed = bearer(walk, "applications.commands.permissions.update")
    assert (await walk.call("PUT", one, rules, command_id=made["id"], headers=allowed, expect=403))["code"] == 50013
    walk.guild.guild.roles[walk.guild.id].permissions |= int(Permission.ADMINISTRATOR)
    set_now = await walk.call("PUT", one, rules, command_id=made["id"], headers=allowed)
    assert set_now["permissions"] == rules["permissions"]
    assert await walk.call("GET", commands + "/permissions") == [set_now]
    assert await walk.call("GET", one, command_id=made["id"]) == set_now


async def _commands(walk: Walk, path: str) -> None:
    one = f"{path}/{{command_id}}"
    await walk.call("PUT", path, [{"name": "Report", "type": 3}])
    made = await walk.call("POST", path, _PING)
    assert {it["name"] for it in await walk.call("GET", path)} == {"Report", "ping"}
    assert await walk.call("GET", one, command_id=made["id"]) == made
    changed = await walk.call("PATCH", one, {"description": "Other"}, command_id=made["id"])
    assert changed["description"] == "Other"
    await walk.call("DELETE", one, command_id=made["id"])
    assert await walk.call("GET", one, expect=404, command_id=made["id"])
