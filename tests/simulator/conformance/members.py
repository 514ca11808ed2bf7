from __future__ import annotations

from guildbase.simulator.world import guilds, oauth2
from tests.simulator.conformance.walk import Walk, answers

_MEMBER = "/guilds/{guild_id}/members/{user_id}"


@answers("list_guild_members", "search_guild_members", "get_guild_member", "update_guild_member", "delete_guild_member")
async def a_member(walk: Walk) -> None:
    listed = await walk.call("GET", "/guilds/{guild_id}/members", query={"limit": "100"})
    assert str(walk.member.id) in [it["user"]["id"] for it in listed]
    found = await walk.call("GET", "/guilds/{guild_id}/members/search", query={"query": "walk"})
    assert [it["user"]["username"] for it in found] == ["walker"]
    assert (await walk.call("PATCH", _MEMBER, {"nick": "Rambler"}))["nick"] == "Rambler"
    assert (await walk.call("GET", _MEMBER))["nick"] == "Rambler"
    await walk.call("DELETE", _MEMBER)
    assert (await walk.call("GET", _MEMBER, expect=404))["code"] == 10007


@answers("update_my_guild_member")
async def the_bot_itself(walk: Walk) -> None:
    assert (await walk.call("PATCH", "/guilds/{guild_id}/members/@me", {"nick": "Bot"}))["nick"] == "Bot"


@answers("add_guild_member_role", "delete_guild_member_role")
async def roles_of_a_member(walk: Walk) -> None:
    role = walk.guild.role("Helper")
    await walk.call("PUT", _MEMBER + "/roles/{role_id}", role_id=role.id)
    assert (await walk.call("GET", _MEMBER))["roles"] == [str(role.id)]
    await walk.call("DELETE", _MEMBER + "/roles/{role_id}", role_id=role.id)
    assert (await walk.call("GET", _MEMBER))["roles"] == []


@answers("add_guild_member")
async def joining_by_grant(walk: Walk) -> None:
    world = walk.sim.world
    stranger = guilds.create_user(world, "stranger")
    token = oauth2.grant_access(world, stranger.id, ("guilds.join",)).access_token
    body = {"access_token": token, "nick": "Newcomer", "roles": [str(walk.guild.role("Guest").id)]}
    made = await walk.call("PUT", _MEMBER, body, user_id=stranger.id)
    assert (made["nick"], len(made["roles"])) == ("Newcomer", 1)
    assert await walk.call("PUT", _MEMBER, body, user_id=stranger.id) is None
    assert (await walk.call("PUT", _MEMBER, {"access_token": "x"}, user_id=stranger.id, expect=403))["code"] == 50025
