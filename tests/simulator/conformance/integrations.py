from __future__ import annotations

from tests.simulator.conformance.walk import Walk, answers


@answers("list_guild_integrations", "delete_guild_integration")
async def integrations(walk: Walk) -> None:
    own = (await walk.call("GET", "/guilds/{guild_id}/integrations"))[0]
    assert own["application"]["id"] == str(walk.sim.application_id)
    one = "/guilds/{guild_id}/integrations/{integration_id}"
    assert (await walk.call("DELETE", one, integration_id=5, expect=404))["code"] == 10005
    await walk.call("DELETE", one, integration_id=own["id"])
    assert walk.sim.bot_user_id not in walk.guild.guild.members
