from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest

from guildbase.simulator import NotAllowed, Permission, ScriptedGuild, Simulator


async def test_joining_by_an_invite(
    sim: Simulator, bot: Any, general: discord.TextChannel, there: discord.Guild, guild: ScriptedGuild
) -> None:
    invite = await general.create_invite(max_uses=2, reason="party")
    assert guild.audit_log[0]["action_type"] == 40
    assert {it["key"] for it in guild.audit_log[0]["changes"]} >= {"code", "channel_id", "max_uses"}
    ada, bea = guild.member("ada"), guild.member("bea")
    for person in (ada, bea):
        await person.leaves()
        await person.joins(by=invite.code)
        uses = {it.code: it.uses for it in await there.invites()}
        assert uses == ({invite.code: 1} if person is ada else {})
    assert bea.membership is not None
    await bot.until(lambda: bot.last("INVITE_DELETE").get("code") == invite.code)
    with pytest.raises(discord.NotFound) as gone:
        await bot.fetch_invite(invite.code)
    assert gone.value.code == 10006
    await ada.leaves()
    with pytest.raises(NotAllowed, match="Unknown Invite"):
        await ada.joins(by=invite.code)


async def test_an_invite_of_the_same_kind_is_used_again(general: discord.TextChannel) -> None:
    first = await general.create_invite(unique=False)
    assert (await general.create_invite(unique=False)).code == first.code
    assert (await general.create_invite(unique=True)).code != first.code
    assert (await general.create_invite(unique=False, max_age=60)).code != first.code


async def test_invites_run_out(run: Any) -> None:
    """Time is put forward, so this has a simulator of its own."""
    async with Simulator() as sim, run.connected(sim, run.Bot(enable_debug_events=True)) as bot:
        place = sim.guild("Brief").channel("general")
        channel = await bot.until(lambda: bot.get_channel(place.id))
        forever, short = await channel.create_invite(max_age=0), await channel.create_invite(max_age=60)
        assert (forever.expires_at, short.expires_at is None) == (None, False)
        sim.advance(timedelta(seconds=61))
        assert [it.code for it in await channel.invites()] == [forever.code]
        await bot.until(lambda: bot.last("INVITE_DELETE").get("code") == short.code)


async def test_an_invite_as_strangers_see_it(
    bot: Any, general: discord.TextChannel, there: discord.Guild, guild: ScriptedGuild
) -> None:
    invite = await bot.fetch_invite((await general.create_invite()).code, with_counts=True)
    assert (invite.guild.name, invite.channel.name, invite.inviter) == (guild.name, "general", bot.user)
    assert invite.approximate_member_count == len(there.members)
    assert invite.uses is None


async def test_who_may_make_and_see_invites(general: discord.TextChannel, guild: ScriptedGuild, api: Any) -> None:
    code = (await general.create_invite()).code
    everyone = guild.guild.roles[guild.id]
    await guild.owner.does("PATCH", f"/guilds/{guild.id}/roles/{everyone.id}", {"permissions": "1024"})
    guild.grant_bot(Permission.VIEW_CHANNEL)
    at = f"/channels/{general.id}/invites"
    for method, path in (
        ("POST", at),
        ("GET", at),
        ("GET", f"/guilds/{guild.id}/invites"),
        ("DELETE", f"/invites/{code}"),
    ):
        assert (await api(method, path))[1]["code"] == 50013
    guild.grant_bot(Permission.VIEW_CHANNEL | Permission.VIEW_AUDIT_LOG)
    assert "uses" not in (await api("GET", f"/guilds/{guild.id}/invites"))[1][0]
    assert (await api("DELETE", "/invites/nosuch"))[1]["code"] == 10006


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"max_age": 604_801}, "max_age"),
        ({"max_uses": 101}, "max_uses"),
        ({"max_uses": "many"}, "max_uses"),
        ({"target_type": 1, "target_user_id": "5"}, "target_type"),
    ],
)
async def test_bad_invites(
    general: discord.TextChannel, guild: ScriptedGuild, sim: Simulator, api: Any, body: dict[str, Any], field: str
) -> None:
    before = len(sim.world.invites)
    status, answer, _ = await api("POST", f"/channels/{general.id}/invites", body)
    assert (status, answer["code"], list(answer["errors"])) == (400, 50035, [field])
    assert len(sim.world.invites) == before


async def test_invites_that_not_everybody_may_use(
    general: discord.TextChannel, guild: ScriptedGuild, there: discord.Guild, api: Any
) -> None:
    vip = guild.role("VIP")
    made = (await api("POST", f"/channels/{general.id}/invites", {"role_ids": [str(vip.id)], "unique": True}))[1]
    assert [it["name"] for it in made["roles"]] == ["VIP"]
    ada, bea, cid = (guild.member(it) for it in ("ada", "bea", "cid"))
    for person in (ada, bea, cid):
        await person.leaves()
    await ada.joins(by=made["code"])
    assert ada.roles == ["VIP"]
    status, _, _ = await api("PUT", f"/invites/{made['code']}/target-users", {"target_users_file": f"{bea.id}"})
    assert status == 204
    await bea.joins(by=made["code"])
    with pytest.raises(NotAllowed, match="Unknown Invite"):
        await cid.joins(by=made["code"])
    await guild.owner.does("PUT", f"/guilds/{guild.id}/bans/{cid.id}")
    with pytest.raises(NotAllowed):
        await cid.joins(by=made["code"])


async def test_invites_go_with_their_channel(bot: Any, there: discord.Guild, sim: Simulator) -> None:
    channel = await there.create_text_channel("short-lived")
    code = (await channel.create_invite()).code
    await channel.delete()
    assert code not in sim.world.invites
    await bot.until(lambda: bot.last("INVITE_DELETE").get("code") == code)
