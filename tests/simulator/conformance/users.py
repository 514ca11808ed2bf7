from __future__ import annotations

from tests.simulator.conformance.applications import bearer
from tests.simulator.conformance.walk import Walk, answers


@answers("get_gateway", "get_bot_gateway")
async def the_way_to_the_gateway(walk: Walk) -> None:
    assert (await walk.call("GET", "/gateway"))["url"] == walk.sim.gateway_url
    assert (await walk.call("GET", "/gateway/bot"))["shards"] == 1


@answers("get_my_user", "get_user", "create_dm")
async def people(walk: Walk) -> None:
    assert (await walk.call("GET", "/users/@me"))["bot"] is True
    assert (await walk.call("GET", "/users/{user_id}"))["username"] == "walker"
    opened = await walk.call("POST", "/users/@me/channels", {"recipient_id": str(walk.member.id)})
    assert opened["recipients"][0]["id"] == str(walk.member.id)


@answers("list_my_guilds", "leave_guild")
async def my_guilds(walk: Walk) -> None:
    query = {"after": str(walk.guild.id - 1), "limit": "1"}
    assert [it["id"] for it in await walk.call("GET", "/users/@me/guilds", query=query)] == [str(walk.guild.id)]
    await walk.call("DELETE", "/users/@me/guilds/{guild_id}")
    assert walk.sim.bot_user_id not in walk.guild.guild.members


@answers("update_my_user")
async def changing_myself(walk: Walk) -> None:
    assert (await walk.call("PATCH", "/users/@me", {"username": "other"}))["username"] == "other"
    assert (await walk.call("PATCH", "/users/@me", {"username": "guildbase", "avatar": None}))["avatar"] is None
    assert (await walk.call("PATCH", "/users/@me", {"username": "x"}, expect=400))["code"] == 50035


@answers("list_my_connections", "get_my_guild_member")
async def what_people_allow(walk: Walk) -> None:
    allowed = bearer(walk, "connections", "guilds.members.read")
    assert await walk.call("GET", "/users/@me/connections", headers=allowed) == []
    member = await walk.call("GET", "/users/@me/guilds/{guild_id}/member", headers=allowed)
    assert member["user"]["username"] == "walker"
