from __future__ import annotations

from guildbase.simulator.world import guilds, join_requests
from tests.simulator.conformance.walk import Walk, answers


@answers("get_guild_welcome_screen", "update_guild_welcome_screen")
async def the_welcome_screen(walk: Walk) -> None:
    path = "/guilds/{guild_id}/welcome-screen"
    assert (await walk.call("GET", path, expect=404))["code"] == 10069
    shown = {"channel_id": str(walk.channel_id), "description": "Talk", "emoji_id": None, "emoji_name": "👋"}
    body = {"enabled": True, "description": "Welcome", "welcome_channels": [shown]}
    assert (await walk.call("PATCH", path, body))["welcome_channels"] == [shown]
    assert (await walk.call("GET", path))["description"] == "Welcome"


@answers("get_guilds_onboarding", "put_guilds_onboarding")
async def onboarding(walk: Walk) -> None:
    path = "/guilds/{guild_id}/onboarding"
    assert (await walk.call("GET", path))["prompts"] == []
    role = walk.guild.role("Reader")
    option = {"title": "Books", "emoji_name": "📚", "role_ids": [str(role.id)], "channel_ids": []}
    prompt = {"id": "0", "title": "What do you like?", "options": [option], "single_select": True}
    channels = [str(walk.guild.channel(f"start-{number}").id) for number in range(7)]
    body = {"prompts": [prompt], "default_channel_ids": channels, "enabled": True, "mode": 0}
    made = await walk.call("PUT", path, body)
    assert made["prompts"][0]["options"][0]["role_ids"] == [str(role.id)]
    assert await walk.call("GET", path) == made
    refused = await walk.call("PUT", path, {"default_channel_ids": channels[:2]}, expect=400)
    assert refused["code"] == 350000


@answers("get_guild_new_member_welcome")
async def newcomers(walk: Walk) -> None:
    assert await walk.call("GET", "/guilds/{guild_id}/new-member-welcome") is None


@answers("get_guild_join_requests", "action_guild_join_request")
async def requests_to_join(walk: Walk) -> None:
    world, path = walk.sim.world, "/guilds/{guild_id}/requests"
    wanted, unwanted = (guilds.create_user(world, it) for it in ("wanted", "unwanted"))
    first, second = (join_requests.ask(world, walk.guild.guild, it) for it in (wanted, unwanted))
    asked = await walk.call("GET", path, query={"status": "SUBMITTED"})
    assert [it["id"] for it in asked["guild_join_requests"]] == [str(second.id), str(first.id)]
    one = path + "/{request_id}"
    done = await walk.call("PATCH", one, {"action": "APPROVED"}, request_id=first.id)
    assert (done["application_status"], wanted.id in walk.guild.guild.members) == ("APPROVED", True)
    refusal = {"action": "REJECTED", "rejection_reason": "Full"}
    assert (await walk.call("PATCH", one, refusal, request_id=second.id))["rejection_reason"] == "Full"
    assert unwanted.id not in walk.guild.guild.members
    await walk.call("PATCH", one, refusal, request_id=second.id, expect=400)
    await walk.call("PATCH", one, refusal, request_id=5, expect=404)
