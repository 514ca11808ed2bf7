"""The bot tells the operator of its servers and itself, and writes down how its shards fare."""

from __future__ import annotations

import httpx

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.platform.operations.controller import ShardHistory
from guildbase.platform.operations.models import ShardHappening
from guildbase.simulator import ScriptedGuild
from tests.waiting import until


async def test_the_operator_sees_the_bots_servers_and_shards(
    guildbase_bot: GuildbaseBot, guildbase_api: httpx.AsyncClient, guild: ScriptedGuild
) -> None:
    async def is_known() -> bool:
        found = (await guildbase_api.get("/operator/servers", params={"query": str(guild.id)})).json()["servers"]
        return bool(found) and found[0]["name"] is not None

    await until(is_known)
    name = guildbase_bot.get_guild(guild.id).name  # type: ignore[union-attr]
    [server] = (await guildbase_api.get("/operator/servers", params={"query": name[1:].upper()})).json()["servers"]
    assert (server["guild_id"], server["name"], server["owner_id"]) == (str(guild.id), name, str(guild.owner.id))
    assert server["member_count"] >= 2
    [process] = (await guildbase_api.get("/operator/processes")).json()["processes"]
    assert "shard-history" in {loop["name"] for loop in process["loops"]}

    history = guildbase_bot.services.get(ShardHistory)

    async def is_recorded() -> bool:
        return bool(await history.events(SYSTEM)) and bool(await history.points(SYSTEM, 0, 1))

    await until(is_recorded)
    [event] = await history.events(SYSTEM, shard_id=0)
    assert event.happening is ShardHappening.READY
    [point] = await history.points(SYSTEM, 0, 1)
    assert point.guilds in (0, 1)
