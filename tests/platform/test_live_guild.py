"""A server as the bot sees it now: asked by the API, answered by the bot process that has the server."""

from __future__ import annotations

import httpx
import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import NoReply, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.platform.guilds.cog import Guilds
from guildbase.platform.guilds.controller import GuildController, GuildNotFound
from guildbase.platform.guilds.live import AskLiveGuild, LiveGuildController
from guildbase.services.container import BotServices
from guildbase.simulator import ScriptedGuild
from tests.factories import new_id


async def test_the_bot_tells_members_channels_and_roles(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    live = (await guildbase_api.get(f"/guilds/{guild.id}/live")).raise_for_status().json()
    seen = guildbase_bot.get_guild(guild.id)
    assert seen is not None
    assert (live["id"], live["name"], live["member_count"]) == (str(guild.id), "Test Guild", seen.member_count)
    assert {channel["name"] for channel in live["channels"]} >= {"general", "mod-log"}
    assert {channel["id"] for channel in live["channels"]} == {str(channel.id) for channel in seen.channels}
    [everyone] = [role for role in live["roles"] if role["id"] == str(guild.id)]
    assert everyone == {"id": str(guild.id), "name": "@everyone", "position": 0, "is_managed": False, "colour": 0}


async def test_a_server_that_nobody_knows_is_not_found(guildbase_api: httpx.AsyncClient) -> None:
    answer = await guildbase_api.get(f"/guilds/{new_id()}/live")
    assert (answer.status_code, answer.json()["code"]) == (404, "guild_not_found")


async def test_a_server_that_the_bot_has_left_is_not_found(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    away = new_id()
    await guildbase_bot.services.get(GuildController).join(away)
    answer = await guildbase_api.get(f"/guilds/{away}/live")
    assert (answer.status_code, answer.json()["code"]) == (404, "guild_not_found")


async def test_a_server_in_an_outage_is_told_as_such(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    cog = guildbase_bot.get_cog("Guilds")
    assert isinstance(cog, Guilds)
    with pytest.raises(GuildNotFound):
        await cog.live(AskLiveGuild(new_id()))
    guildbase_bot.ready_shards.clear()
    with pytest.raises(NoReply, match="does not show"):
        await cog.live(AskLiveGuild(new_id()))


async def test_without_a_running_bot_the_answer_says_so(services: BotServices) -> None:
    guild_id = new_id()
    await services.get(GuildController).join(guild_id)
    with pytest.raises(NoReply, match="No running bot") as refused:
        await services.get(LiveGuildController).get(SYSTEM, guild_id)
    assert refused.value.hint


async def test_only_who_may_manage_the_server_sees_it(services: BotServices) -> None:
    with pytest.raises(PermissionDenied):
        await services.get(LiveGuildController).get(Caller(user_id=new_id(), guild_id=new_id()), new_id())
