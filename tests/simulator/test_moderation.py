from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import discord
import pytest

from guildbase.simulator import GatewaySettings, Permission, ScriptedGuild, Simulator
from guildbase.simulator.world import voice
from guildbase.simulator.world.entities import ApplicationFlag, MemberFlag
from tests.simulator.conformance.pictures import PNG


async def test_bulk_ban(bot: Any, there: discord.Guild, guild: ScriptedGuild) -> None:
    people = [guild.member(f"spammer{number}") for number in range(5)]
    said = await people[0].says("spam")
    chief = guild.member("chief", roles=["Chief"])
    guild.role("Chief").position = 50
    wanted = [discord.Object(it.id) for it in (*people, guild.owner, chief, people[0])]
    done = await there.bulk_ban([*wanted, bot.user], reason="raid", delete_message_seconds=60)
    assert {it.id for it in done.banned} == {it.id for it in people}
    assert {it.id for it in done.failed} == {guild.owner.id, chief.id, bot.user.id}
    assert said.deleted
    assert [it["reason"] for it in guild.audit_log] == ["raid"] * 5
    with pytest.raises(discord.HTTPException) as error:
        await there.bulk_ban(wanted)
    assert error.value.code == 500000
    guild.grant_bot(Permission.BAN_MEMBERS)
    with pytest.raises(discord.Forbidden):
        await there.bulk_ban(wanted)


async def test_pages_of_bans(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    ids = sorted(guild.member(f"spammer{number}").id for number in range(5))
    await there.bulk_ban([discord.Object(it) for it in ids])

    async def page(**query: object) -> list[int]:
        listed = "&".join(f"{name}={value}" for name, value in query.items())
        return [int(it["user"]["id"]) for it in (await api("GET", f"/guilds/{guild.id}/bans?{listed}"))[1]]

    assert await page(limit=2) == ids[:2]
    assert await page(limit=2, after=ids[1]) == ids[2:4]
    assert await page(limit=2, before=ids[3]) == ids[1:3]
    assert [it.user.id async for it in there.bans(limit=3, before=discord.Object(ids[4]))] == ids[1:4]
    before = len(guild.audit_log)
    await there.ban(discord.Object(ids[0]), reason="again")
    assert len(guild.audit_log) == before


async def test_nobody_bans_the_owner_or_itself(bot: Any, there: discord.Guild, guild: ScriptedGuild) -> None:
    for target in (guild.owner.id, bot.user.id):
        for act in (there.ban, there.kick):
            with pytest.raises(discord.Forbidden) as error:
                await act(discord.Object(target))
            assert error.value.code == 50013


async def test_prune(bot: Any, there: discord.Guild, guild: ScriptedGuild) -> None:
    gone, writing, helping, ruling = (guild.member(it) for it in ("gone", "writing", "helping", "ruling"))
    guild.member("fresh")
    guild.member("helping", roles=["Helper"])
    guild.member("ruling", roles=["Ruler"])
    for person in (gone, writing, helping, ruling, guild.owner):
        assert person.membership is not None
        person.membership.joined_at -= timedelta(days=20)
    await writing.says("still here")
    helper = discord.Object(guild.role("Helper").id)
    assert await there.estimate_pruned_members(days=10) == 1
    assert await there.estimate_pruned_members(days=10, roles=[helper]) == 2
    assert await there.estimate_pruned_members(days=30) == 0
    assert await there.prune_members(days=10, roles=[helper], reason="tidy") == 2
    assert {it.user_id for it in guild.guild.members.values()}.isdisjoint({gone.id, helping.id})
    await bot.until(lambda: there.get_member(helping.id) is None)
    entry: Any = await anext(there.audit_logs(action=discord.AuditLogAction.member_prune))
    assert (entry.extra.delete_member_days, entry.extra.members_removed) == (10, 2)
    assert await there.prune_members(days=10, compute_prune_count=False) is None
    guild.role("Helper").position = 50
    with pytest.raises(discord.Forbidden):
        await there.prune_members(days=10, roles=[helper])
    guild.grant_bot(Permission.KICK_MEMBERS)
    with pytest.raises(discord.Forbidden):
        await there.estimate_pruned_members(days=10)


async def test_flags_of_a_member(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    ada = guild.member("ada")
    member = await there.fetch_member(ada.id)
    await member.edit(bypass_verification=True)
    assert ada.membership is not None
    assert ada.membership.flags == MemberFlag.BYPASSES_VERIFICATION
    await api("PATCH", f"/guilds/{guild.id}/members/{ada.id}", {"flags": 255})
    assert ada.membership.flags == MemberFlag.BYPASSES_VERIFICATION
    guild.grant_bot(Permission.MODERATE_MEMBERS)
    with pytest.raises(discord.Forbidden):
        await member.edit(bypass_verification=False)


async def test_the_bots_own_looks(
    bot: Any, there: discord.Guild, guild: ScriptedGuild, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.Asset, "BASE", sim.cdn_url)
    await there.me.edit(avatar=PNG, bio="Here I am another.", nick="Other")
    avatar = await bot.until(lambda: there.me.guild_avatar)
    assert await avatar.read() == PNG
    profile = guild.guild.members[bot.user.id].profile
    assert profile is not None
    assert profile.bio == "Here I am another."
    await there.me.edit(avatar=None)
    await bot.until(lambda: there.me.guild_avatar is None)


async def test_roles_in_the_audit_log(there: discord.Guild, guild: ScriptedGuild) -> None:
    role = await there.create_role(name="Crew", colour=discord.Colour.red(), hoist=True, reason="new")
    await role.edit(name="Sailors", permissions=discord.Permissions(kick_members=True))
    ada = guild.member("ada")
    member = await there.fetch_member(ada.id)
    await member.add_roles(role, reason="welcome")
    await member.edit(roles=[])
    await role.delete()
    entries: list[Any] = [it async for it in there.audit_logs(limit=5)]
    assert [it.action.name for it in entries] == [
        "role_delete",
        "member_role_update",
        "member_role_update",
        "role_update",
        "role_create",
    ]
    deleted, taken, given, changed, made = entries
    assert (made.after.name, made.after.hoist, made.after.colour) == ("Crew", True, discord.Colour.red())
    assert (changed.before.name, changed.after.name) == ("Crew", "Sailors")
    assert changed.after.permissions == discord.Permissions(kick_members=True)
    assert ([it.id for it in given.after.roles], given.after.roles[0].id) == ([role.id], role.id)
    assert [it.id for it in taken.before.roles] == [role.id]
    assert deleted.before.name == "Sailors"


async def test_looks_of_roles(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    with pytest.raises(discord.Forbidden) as error:
        await there.create_role(name="x", display_icon="🎩")
    assert error.value.code == 50101
    guild.guild.settings.features = ("ROLE_ICONS", "ENHANCED_ROLE_COLORS")
    hat = await there.create_role(name="Hat", display_icon="🎩")
    assert hat.display_icon == "🎩"
    picture = await there.create_role(name="Picture", display_icon=PNG)
    assert isinstance(picture.display_icon, discord.Asset)
    two = await there.create_role(name="Two", colour=discord.Colour(1), secondary_colour=discord.Colour(2))
    assert two.secondary_colour == discord.Colour(2)
    path = f"/guilds/{guild.id}/roles"
    three = {"primary_color": 1, "secondary_color": 2, "tertiary_color": 3}
    assert (await api("POST", path, {"colors": three}))[1]["errors"]["colors"]["tertiary_color"]
    assert (await api("POST", path, {"colors": {"primary_color": 1 << 30}}))[1]["code"] == 50035
    counts = (await api("GET", f"{path}/member-counts"))[1]
    assert counts[str(hat.id)] == 0
    assert len(await there.role_member_counts()) == len(guild.guild.roles) - 1


async def test_too_many_roles(guild: ScriptedGuild, api: Any) -> None:
    for number in range(250 - len(guild.guild.roles)):
        guild.role(f"role {number}")
    assert (await api("POST", f"/guilds/{guild.id}/roles", {"name": "one more"}))[1]["code"] == 30005


async def test_pages_of_the_audit_log(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    ada = guild.member("ada")
    for name in ("one", "two", "three"):
        await there.create_role(name=name)
    await (await there.fetch_member(ada.id)).edit(nick="A")
    path = f"/guilds/{guild.id}/audit-logs"

    async def kinds(query: str) -> list[int]:
        return [it["action_type"] for it in (await api("GET", f"{path}?{query}"))[1]["audit_log_entries"]]

    assert await kinds("limit=2") == [24, 30]
    assert await kinds("action_type=30") == [30, 30, 30]
    assert await kinds(f"target_id={ada.id}") == [24]
    assert await kinds("user_id=5") == []
    oldest = guild.audit_log[-1]["id"]
    assert await kinds(f"after={oldest}&limit=3") == [30, 30, 24]
    assert await kinds(f"before={guild.audit_log[0]['id']}") == [30, 30, 30]
    users = (await api("GET", f"{path}?limit=1"))[1]["users"]
    assert {it["username"] for it in users} == {"ada", "guildbase"}
    made: list[Any] = [it async for it in there.audit_logs(oldest_first=True) if it.action.value == 30]
    assert [it.target.name for it in made] == ["one", "two", "three"]
    guild.grant_bot(0)
    assert (await api("GET", path))[1]["code"] == 50013


async def test_searching_messages(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    ada, eve = guild.member("ada"), guild.member("eve")
    first = await ada.says("a needle in the hay")
    await eve.says("only hay")
    second = await eve.says("Needle again https://example.org", channel="mod-log")
    path = f"/guilds/{guild.id}/messages/search"

    async def found(query: str) -> list[str]:
        body = (await api("GET", f"{path}?{query}"))[1]
        assert body["total_results"] >= len(body["messages"])
        return [it[0]["id"] for it in body["messages"]]

    assert await found("content=needle") == [str(second.id), str(first.id)]
    assert await found("content=needle&sort_order=asc&limit=1") == [str(first.id)]
    assert await found(f"author_id={ada.id}&author_id=5") == [str(first.id)]
    assert await found("has=link") == [str(second.id)]
    assert await found("has=-link&content=needle") == [str(first.id)]
    assert await found(f"channel_id={guild.channel('mod-log').id}") == [str(second.id)]
    assert await found("author_type=bot") == []
    assert await found(f"max_id={second.id}&min_id={first.id}&content=needle") == []
    assert await found("link_hostname=example.org") == [str(second.id)]
    reply = await ada.says("which one?", reply_to=first)
    await there.text_channels[0].send("a file", file=discord.File(io.BytesIO(b"x"), "notes.TXT"))
    assert await found(f"replied_to_message_id={first.id}") == [str(reply.id)]
    assert await found(f"replied_to_user_id={eve.id}") == []
    assert len(await found("attachment_extension=txt&attachment_filename=notes&has=file")) == 1
    assert await found("pinned=true") == []
    assert (await api("GET", f"{path}?limit=26&has=gold"))[1]["errors"].keys() == {"limit", "has"}


async def test_lists_need_the_grant(run: Any) -> None:
    flags = ApplicationFlag.PRESENCE_LIMITED
    async with Simulator(flags=flags, gateway=GatewaySettings(identify_interval=0)) as sim, run.calling(sim) as call:
        guild = sim.guild("Bare")
        assert (await call("GET", f"/guilds/{guild.id}/members?limit=5"))[1]["code"] == 50001
        assert (await call("GET", f"/guilds/{guild.id}/members/search?query=o"))[0] == 200
        assert (await call("GET", f"/guilds/{guild.id}/messages/search"))[1]["code"] == 50001


async def test_voice_in_the_audit_log(
    bot: Any, there: discord.Guild, guild: ScriptedGuild, sim: Simulator, api: Any
) -> None:
    ada = guild.member("ada")
    lounge, bar = await there.create_voice_channel("Lounge"), await there.create_voice_channel("Bar")
    voice.move(sim.world, guild.guild, ada.id, lounge.id)
    member = await there.fetch_member(ada.id)
    await member.edit(mute=True, deafen=True, reason="loud")
    await bot.until(lambda: bot.last("VOICE_STATE_UPDATE").get("deaf"))
    await member.move_to(bar, reason="come")
    await bot.until(lambda: bot.last("VOICE_STATE_UPDATE").get("channel_id") == str(bar.id))
    await member.move_to(None)
    await bot.until(lambda: bot.last("VOICE_STATE_UPDATE").get("channel_id") is None)
    entries: list[Any] = [it async for it in there.audit_logs(limit=3)]
    assert [it.action.name for it in entries] == ["member_disconnect", "member_move", "member_update"]
    gone, moved, muted = entries
    assert (gone.extra.count, moved.extra.count, moved.extra.channel) == (1, 1, bar)
    assert (muted.before.mute, muted.after.mute, muted.after.deaf, muted.reason) == (False, True, True, "loud")
    path = f"/guilds/{guild.id}/members/{ada.id}"
    assert (await api("PATCH", path, {"channel_id": str(bar.id)}))[1]["code"] == 40032
    voice.move(sim.world, guild.guild, ada.id, lounge.id)
    assert (await api("PATCH", path, {"channel_id": "5"}))[1]["code"] == 10003
    text = there.text_channels[0].id
    assert (await api("PATCH", path, {"channel_id": str(text)}))[1]["code"] == 50024
    assert guild.guild.voice_states[ada.id].channel_id == lounge.id
