from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest

from guildbase.simulator import NotAllowed, Permission, ScriptedGuild, Simulator
from guildbase.simulator.world import voice


async def member_of(there: discord.Guild, user_id: int) -> discord.Member:
    return await there.fetch_member(user_id)


async def test_reading_members(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    ada, bob = guild.member("ada"), guild.member("bob")
    names = [it.name async for it in there.fetch_members(limit=None)]
    assert sorted(names) == ["ada", "bob", "guildbase", "owner"]
    assert (await member_of(there, ada.id)).name == "ada"
    found = (await api("GET", f"/guilds/{guild.id}/members/search?query=BO&limit=5"))[1]
    assert [it["user"]["id"] for it in found] == [str(bob.id)]
    with pytest.raises(discord.NotFound) as error:
        await there.fetch_member(1 << 40)
    assert error.value.code == 10007


async def test_nickname(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    ada = guild.member("ada")
    await (await member_of(there, ada.id)).edit(nick="Countess", reason="a reason, with ümlaut")
    assert ada.nickname == "Countess"
    assert guild.audit_log[0]["reason"] == "a reason, with ümlaut"
    assert guild.audit_log[0]["changes"] == [{"key": "nick", "new_value": "Countess"}]
    found = (await api("GET", f"/guilds/{guild.id}/members/search?query=count"))[1]
    assert [it["user"]["id"] for it in found] == [str(ada.id)]
    await there.me.edit(nick="Robot")
    assert guild.guild.members[there.me.id].nick == "Robot"
    guild.grant_bot(0)
    await there.me.edit(nick=None)
    with pytest.raises(discord.Forbidden):
        await (await member_of(there, ada.id)).edit(nick="x")


async def test_roles_of_a_member(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    ada = guild.member("ada")
    vip, other = guild.role("VIP"), guild.role("Other")
    member = await member_of(there, ada.id)
    await member.add_roles(discord.Object(vip.id))
    await member.add_roles(discord.Object(vip.id))
    assert ada.roles == ["VIP"]
    await bot.until(lambda: bot.last("GUILD_MEMBER_UPDATE").get("roles") == [str(vip.id)])
    await member.edit(roles=[discord.Object(vip.id), discord.Object(other.id)])
    assert sorted(ada.roles) == ["Other", "VIP"]
    await member.remove_roles(discord.Object(vip.id))
    await member.remove_roles(discord.Object(vip.id))
    assert ada.roles == ["Other"]
    path = f"/guilds/{guild.id}/members/{ada.id}"
    assert (await api("PUT", f"{path}/roles/5"))[1]["code"] == 10011
    assert (await api("PATCH", path, {"roles": ["5"]}))[1]["code"] == 10011
    own = there.me.top_role
    assert (await api("PUT", f"{path}/roles/{own.id}"))[1]["code"] == 50013


async def test_hierarchy(there: discord.Guild, guild: ScriptedGuild) -> None:
    moderator = guild.member("moderator", roles=["Moderator"])
    chief = guild.member("chief", roles=["Admin"])
    vip = guild.role("VIP")
    assert guild.role("Admin").position > guild.role("Moderator").position > vip.position
    guild.role("Moderator").position = guild.guild.roles[there.me.top_role.id].position
    target = await member_of(there, moderator.id)
    with pytest.raises(discord.Forbidden) as error:
        await target.kick()
    assert error.value.code == 50013
    with pytest.raises(discord.Forbidden):
        await target.ban()
    with pytest.raises(discord.Forbidden):
        await target.timeout(timedelta(hours=1))
    with pytest.raises(discord.Forbidden):
        await target.add_roles(discord.Object(guild.role("Moderator").id))
    with pytest.raises(discord.Forbidden):
        await (await member_of(there, guild.owner.id)).kick()
    with pytest.raises(discord.Forbidden):
        await (await member_of(there, chief.id)).timeout(timedelta(hours=1))


async def test_kick(bot: Any, there: discord.Guild, guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    await (await member_of(there, ada.id)).kick(reason="spam")
    assert ada.id not in guild.guild.members
    assert (guild.audit_log[0]["action_type"], guild.audit_log[0]["reason"]) == (20, "spam")
    await bot.until(lambda: bot.last("GUILD_MEMBER_REMOVE").get("user", {}).get("id") == str(ada.id))
    with pytest.raises(NotAllowed, match="not a member"):
        await ada.says("let me in")
    await ada.joins()
    await ada.joins()
    assert ada.membership is not None
    guild.grant_bot(0)
    with pytest.raises(discord.Forbidden):
        await (await member_of(there, ada.id)).kick()


async def test_bans(there: discord.Guild, guild: ScriptedGuild) -> None:
    ada, eve = guild.member("ada"), guild.member("eve")
    said = await ada.says("spam")
    await there.ban(discord.Object(ada.id), reason="raid", delete_message_seconds=3600)
    assert ada.id in guild.guild.bans
    assert said.deleted
    with pytest.raises(NotAllowed, match="banned"):
        await ada.joins()
    await eve.leaves()
    await there.ban(discord.Object(eve.id), delete_message_seconds=0)
    assert (await there.fetch_ban(discord.Object(ada.id))).reason == "raid"
    assert {it.user.id async for it in there.bans()} == {ada.id, eve.id}
    await there.unban(discord.Object(ada.id), reason="sorry")
    assert not ada.is_banned
    for refused in (there.fetch_ban, there.unban):
        with pytest.raises(discord.NotFound) as error:
            await refused(discord.Object(ada.id))
        assert error.value.code == 10026
    with pytest.raises(discord.NotFound):
        await there.ban(discord.Object(1 << 40))
    log = [it async for it in there.audit_logs(limit=10)]
    assert [it.action for it in log[:2]] == [discord.AuditLogAction.unban, discord.AuditLogAction.ban]
    bans = [it async for it in there.audit_logs(action=discord.AuditLogAction.ban)]
    assert len(bans) == 2


async def test_time_out(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    ada = guild.member("ada")
    member = await member_of(there, ada.id)
    await member.timeout(timedelta(minutes=5), reason="calm down")
    assert ada.timed_out_until is not None
    with pytest.raises(NotAllowed, match="SEND_MESSAGES"):
        await ada.says("hey")
    await member.timeout(None)
    await ada.says("hey")
    path = f"/guilds/{guild.id}/members/{ada.id}"
    late = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    _, body, _ = await api("PATCH", path, {"communication_disabled_until": late})
    assert "communication_disabled_until" in body["errors"]
    _, body, _ = await api("PATCH", path, {"communication_disabled_until": "soon"})
    assert body["errors"]["communication_disabled_until"]["_errors"][0]["code"] == "DATE_TIME_TYPE_PARSE"
    naive = (datetime.now(UTC) + timedelta(minutes=1)).replace(tzinfo=None).isoformat()
    assert (await api("PATCH", path, {"communication_disabled_until": naive}))[0] == 200
    assert ada.timed_out_until.tzinfo is not None


async def test_voice_needs_a_connected_member(
    sim: Simulator, bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any
) -> None:
    ada = guild.member("ada")
    lounge, stage = await there.create_voice_channel("Lounge"), await there.create_voice_channel("Stage")
    path = f"/guilds/{guild.id}/members/{ada.id}"
    assert (await api("PATCH", path, {"mute": True}))[1]["code"] == 40032
    membership = ada.membership
    assert membership is not None
    voice.move(sim.world, guild.guild, ada.id, lounge.id)
    assert (await api("PATCH", path, {"channel_id": str(stage.id)}))[0] == 200
    await bot.until(lambda: bot.last("VOICE_STATE_UPDATE").get("channel_id") == str(stage.id))
    await (await member_of(there, ada.id)).edit(mute=True)
    assert membership.mute


async def test_making_and_changing_roles(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    role = await there.create_role(name="Crew", color=discord.Color.red(), hoist=True, reason="new")
    assert role.position == 1
    await role.edit(name="Sailors", mentionable=True, permissions=discord.Permissions(kick_members=True))
    kept = guild.role("Sailors")
    assert (kept.color, kept.hoist, kept.permissions) == (discord.Color.red().value, True, 2)
    other = await there.create_role(name="Guests")
    await bot.until(lambda: there.get_role(other.id) and there.me.top_role.position == 3)
    await role.edit(position=2)
    assert kept.position == 2
    assert {it.name for it in await there.fetch_roles()} >= {"Sailors", "Guests", "@everyone"}
    assert (await there.fetch_role(role.id)).name == "Sailors"
    ada = guild.member("ada", roles=["Sailors"])
    assert guild.member("ada", roles=["Guests"]).roles == ["Sailors", "Guests"]
    await role.delete()
    assert ada.roles == ["Guests"]
    with pytest.raises(discord.HTTPException):
        await role.edit(name="x")
    assert (await api("GET", f"/guilds/{guild.id}/roles/5"))[1]["code"] == 10011
    assert (await api("PATCH", f"/guilds/{guild.id}/roles", [{"id": "5", "position": 1}]))[1]["code"] == 10011
    assert (await api("PATCH", f"/guilds/{guild.id}/roles", {"id": 1}))[1]["code"] == 50035
    assert (await api("PATCH", f"/guilds/{guild.id}/roles", ["x"]))[1]["code"] == 50035
    assert (await api("DELETE", f"/guilds/{guild.id}/roles/{guild.id}"))[1]["code"] == 50028


async def test_a_bot_grants_only_what_it_has(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    guild.grant_bot(Permission.MANAGE_ROLES)
    path = f"/guilds/{guild.id}/roles"
    assert (await api("POST", path, {"permissions": str(int(Permission.BAN_MEMBERS))}))[1]["code"] == 50013
    status, role, _ = await api("POST", path, {"name": "plain", "colors": {"primary_color": 5}})
    assert (status, role["color"]) == (200, 5)
    bits = str(int(Permission.BAN_MEMBERS))
    assert (await api("PATCH", f"{path}/{role['id']}", {"permissions": bits}))[1]["code"] == 50013
    own = there.me.top_role
    assert (await api("PATCH", f"{path}/{own.id}", {"name": "x"}))[1]["code"] == 50013
    high = [{"id": role["id"], "position": own.position + 5}]
    assert (await api("PATCH", path, high))[1]["code"] == 50013


async def test_regression_everyone_stays_at_the_bottom(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    first, second = await there.create_role(name="first"), await there.create_role(name="second")
    moves = [{"id": str(guild.id), "position": 1}, {"id": str(first.id), "position": 0}]
    moves.append({"id": str(second.id), "position": 2})
    assert (await api("PATCH", f"/guilds/{guild.id}/roles", moves))[0] == 200
    positions = {it.id: it.position for it in guild.guild.roles.values()}
    assert (positions[guild.id], positions[first.id], positions[second.id]) == (0, 1, 2)
    entry = next(it for it in guild.audit_log if it["action_type"] == 31)
    assert [it["key"] for it in entry["changes"]] == ["position"]
