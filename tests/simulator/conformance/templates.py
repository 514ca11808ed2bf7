from __future__ import annotations

from tests.simulator.conformance.walk import Walk, answers

_TEMPLATES = "/guilds/{guild_id}/templates"
_ONE = _TEMPLATES + "/{code}"


@answers(
    "create_guild_template",
    "list_guild_templates",
    "get_guild_template",
    "update_guild_template",
    "sync_guild_template",
    "delete_guild_template",
)
async def templates(walk: Walk) -> None:
    made = await walk.call("POST", _TEMPLATES, {"name": "Start"})
    assert [it["name"] for it in made["serialized_source_guild"]["channels"]] == ["general", "mod-log"]
    walk.guild.channel("news")
    assert (await walk.call("GET", "/guilds/templates/{code}", code=made["code"]))["is_dirty"] is True
    synced = await walk.call("PUT", _ONE, code=made["code"])
    assert (synced["is_dirty"], len(synced["serialized_source_guild"]["channels"])) == (False, 3)
    changed = await walk.call("PATCH", _ONE, {"description": "For clubs"}, code=made["code"])
    assert await walk.call("GET", _TEMPLATES) == [changed]
    await walk.call("DELETE", _ONE, code=made["code"])
    assert (await walk.call("GET", "/guilds/templates/{code}", code=made["code"], expect=404))["code"] == 10057


@answers()
async def a_template_of_a_built_guild(walk: Walk) -> None:
    path = "/guilds/{guild_id}/channels"
    category = await walk.call("POST", path, {"name": "Rooms", "type": 4})
    hidden = {"id": str(walk.guild.id), "type": 0, "deny": "1024"}
    body = {"name": "room", "type": 5, "parent_id": category["id"], "permission_overwrites": [hidden]}
    await walk.call("POST", path, body)
    made = await walk.call("POST", _TEMPLATES, {"name": "Start"})
    room = made["serialized_source_guild"]["channels"][-1]
    assert (room["type"], room["permission_overwrites"][0]["id"]) == (0, "0")
    assert room["parent_id"] == str(made["serialized_source_guild"]["channels"][-2]["id"])
