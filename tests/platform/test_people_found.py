"""Who people are, for pickers and lists: asked by the API, answered by the bot process that has the server."""

from __future__ import annotations

import discord
import httpx
import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM, Caller
from guildbase.core.rights import Right
from guildbase.platform.guilds.cog import Guilds
from guildbase.platform.guilds.people import AskPeople, PeopleController
from guildbase.simulator import ScriptedGuild
from tests.factories import new_id
from tests.waiting import until


async def test_members_are_found_by_the_beginning_of_a_name(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    robin = guild.member("robin")
    guild.member("mara")
    found = (await guildbase_api.get(f"/guilds/{guild.id}/members", params={"query": "ROB"})).raise_for_status().json()
    [person] = found["people"]
    assert (person["id"], person["username"], person["is_member"], person["is_bot"]) == (
        str(robin.id), "robin", True, False,
    )  # fmt: skip
    assert person["avatar_url"].startswith("https://")


async def test_people_are_named_by_their_ids_also_those_who_are_no_members(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    robin, stranger = guild.member("robin"), guild.member("stranger")
    await stranger.leaves()
    seen = guildbase_bot.get_guild(guild.id)
    await until(lambda: seen is not None and seen.get_member(stranger.id) is None)
    ids = [str(robin.id), str(stranger.id), str(new_id())]
    found = (await guildbase_api.get(f"/guilds/{guild.id}/members", params={"ids": ids})).raise_for_status().json()
    assert {(it["id"], it["is_member"]) for it in found["people"]} == {(ids[0], True), (ids[1], False)}


async def test_in_a_large_server_discord_is_asked_for_those_whom_the_bot_has_not_seen(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    robin = guild.member("robin")
    cog = guildbase_bot.get_cog("Guilds")
    assert isinstance(cog, Guilds)
    # As in a server of which Discord sends no list of members.
    monkeypatch.setattr(discord.Guild, "chunked", property(lambda _: False))
    monkeypatch.setattr(discord.Guild, "get_member", lambda _self, _id: None)
    assert [it.user_id for it in (await cog.people(AskPeople(guild.id, ids=(robin.id,)))).people] == [robin.id]
    assert [it.user_id for it in (await cog.people(AskPeople(guild.id, query="rob"))).people] == [robin.id]


async def test_only_who_has_a_right_there_may_ask(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> None:
    people = guildbase_bot.services.get(PeopleController)
    visitor = Caller(user_id=new_id(), guild_id=guild.id, rights=Right.VIEW_AUDIT)
    assert await people.find(visitor, guild.id, query=guild.owner.name)
    for refused in (
        Caller(user_id=new_id(), guild_id=guild.id),
        Caller(user_id=new_id(), guild_id=new_id(), rights=Right.OWNER),
    ):
        with pytest.raises(PermissionDenied):
            await people.find(refused, guild.id, query="a")
    with pytest.raises(InvalidInput, match="Say whom"):
        await people.find(SYSTEM, guild.id, query="  ")
    with pytest.raises(InvalidInput, match="at most"):
        await people.find(SYSTEM, guild.id, ids=[new_id() for _ in range(101)])


async def test_a_wrong_id_is_refused(
    guildbase_api: httpx.AsyncClient, guildbase_bot: GuildbaseBot, guild: ScriptedGuild
) -> None:
    answer = await guildbase_api.get(f"/guilds/{guild.id}/members", params={"ids": "<script>"})
    assert answer.status_code == 422
