from __future__ import annotations

from tests.simulator.conformance.walk import Walk, answers

_BAN = "/guilds/{guild_id}/bans/{user_id}"


@answers("ban_user_from_guild", "get_guild_ban", "list_guild_bans", "unban_user_from_guild")
async def a_ban(walk: Walk) -> None:
    await walk.call("PUT", _BAN, {"delete_message_seconds": 0}, headers={"X-Audit-Log-Reason": "spam"})
    assert (await walk.call("GET", _BAN))["reason"] == "spam"
    assert [it["user"]["id"] for it in await walk.call("GET", "/guilds/{guild_id}/bans")] == [str(walk.member.id)]
    await walk.call("DELETE", _BAN)
    assert (await walk.call("GET", _BAN, expect=404))["code"] == 10026


@answers("bulk_ban_users_from_guild")
async def many_bans(walk: Walk) -> None:
    body = {"user_ids": [str(walk.member.id), str(walk.guild.owner.id), "5"], "delete_message_seconds": 60}
    done = await walk.call("POST", "/guilds/{guild_id}/bulk-ban", body)
    assert done == {"banned_users": [str(walk.member.id)], "failed_users": [str(walk.guild.owner.id), "5"]}
    assert (await walk.call("POST", "/guilds/{guild_id}/bulk-ban", body, expect=400))["code"] == 500000
