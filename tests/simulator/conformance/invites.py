from __future__ import annotations

from tests.simulator.conformance.walk import Walk, answers


@answers("create_channel_invite", "list_channel_invites", "list_guild_invites", "invite_resolve", "invite_revoke")
async def invites(walk: Walk) -> None:
    made = await walk.call("POST", "/channels/{channel_id}/invites", {"max_uses": 3})
    assert (made["uses"], made["max_uses"], made["max_age"]) == (0, 3, 86400)
    for path in ("/channels/{channel_id}/invites", "/guilds/{guild_id}/invites"):
        assert [it["code"] for it in await walk.call("GET", path)] == [made["code"]]
    read = await walk.call("GET", "/invites/{code}", query={"with_counts": "true"}, code=made["code"])
    assert read["approximate_member_count"] == len(walk.guild.guild.members)
    await walk.call("DELETE", "/invites/{code}", code=made["code"])
    assert (await walk.call("GET", "/invites/{code}", code=made["code"], expect=404))["code"] == 10006


@answers("update_invite_target_users", "get_invite_target_users", "get_invite_target_users_job_status")
async def invites_for_some(walk: Walk) -> None:
    code = (await walk.call("POST", "/channels/{channel_id}/invites", {"unique": True}))["code"]
    path = "/invites/{code}/target-users"
    assert (await walk.call("GET", path, code=code, expect=404))["code"] == 10124
    file = {"target_users_file": ("users.csv", f"user_id\n{walk.member.id}\n".encode(), "text/csv")}
    await walk.call("PUT", path, files=file, code=code)
    assert str(walk.member.id).encode() in await walk.call("GET", path, code=code)
    assert (await walk.call("GET", path + "/job-status", code=code))["processed_users"] == 1
