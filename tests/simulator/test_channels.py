from __future__ import annotations

from typing import Any

import discord
import pytest

from guildbase.simulator import NotFound, Permission, ScriptedGuild


async def test_make_change_delete(bot: Any, there: discord.Guild, guild: ScriptedGuild) -> None:
    category = await there.create_category("Support")
    hidden = discord.PermissionOverwrite(view_channel=False)
    ticket = await there.create_text_channel(
        "ticket-1", category=category, topic="help", overwrites={there.default_role: hidden}, reason="ticket"
    )
    kept = guild.channel("ticket-1")
    assert (kept.parent_id, kept.topic) == (category.id, "help")
    assert kept.overwrites[guild.id].deny == int(Permission.VIEW_CHANNEL)
    await ticket.edit(name="ticket-2", slowmode_delay=30, nsfw=True, topic="")
    assert (kept.name, kept.rate_limit_per_user, kept.nsfw, kept.topic) == ("ticket-2", 30, True, "")
    await ticket.edit(overwrites={there.me: discord.PermissionOverwrite(send_messages=True)})
    assert set(kept.overwrites) == {there.me.id}
    await ticket.edit(position=0, category=None)
    assert kept.parent_id is None
    await ticket.edit(category=category)
    await category.delete()
    assert kept.parent_id is None
    await bot.until(lambda: there.get_channel(category.id) is None)
    assert {it.name for it in await there.fetch_channels()} == {"general", "mod-log", "ticket-2"}
    await ticket.delete(reason="solved")
    assert [it["action_type"] for it in guild.audit_log][:2] == [12, 12]
    with pytest.raises(discord.NotFound) as error:
        await bot.fetch_channel(ticket.id)
    assert error.value.code == 10003


async def test_overwrites(general: discord.TextChannel, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    ada, vip = guild.member("ada"), guild.role("VIP")
    role = await there.fetch_role(vip.id)
    await general.set_permissions(there.default_role, send_messages=False, reason="lock")
    with pytest.raises(Exception, match="lacks SEND_MESSAGES in #general"):
        await ada.says("hello?")
    await general.set_permissions(await there.fetch_member(ada.id), send_messages=True)
    await ada.says("hello!")
    await general.set_permissions(role, send_messages=True)
    assert [it["action_type"] for it in guild.audit_log[:3]] == [13, 13, 13]
    await general.set_permissions(role, send_messages=False)
    assert guild.audit_log[0]["action_type"] == 14
    await general.set_permissions(role, overwrite=None)
    path = f"/channels/{general.id}/permissions"
    assert (await api("DELETE", f"{path}/{vip.id}"))[1]["code"] == 10009
    assert (await api("PUT", f"{path}/5", {"type": 0}))[1]["code"] == 10011
    assert (await api("PUT", f"{path}/{vip.id}", {"type": 2}))[1]["errors"]["type"]


async def test_a_bot_allows_only_what_it_has(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    general, vip = guild.channel("general"), guild.role("VIP")
    guild.grant_bot(Permission.MANAGE_ROLES | Permission.MANAGE_CHANNELS)
    path = f"/channels/{general.id}/permissions/{vip.id}"
    assert (await api("PUT", path, {"type": 0, "allow": str(int(Permission.MANAGE_MESSAGES))}))[1]["code"] == 50013
    assert (await api("PUT", path, {"type": 0, "allow": str(int(Permission.MANAGE_ROLES))}))[1]["code"] == 50013
    assert (await api("PUT", path, {"type": 0, "deny": str(int(Permission.SEND_MESSAGES))}))[0] == 204
    body = {"name": "x", "parent_id": "5"}
    assert (await api("POST", f"/guilds/{guild.id}/channels", body))[1]["code"] == 10003
    assert (await api("PATCH", f"/channels/{general.id}", {"parent_id": "5"}))[1]["code"] == 10003
    assert (await api("PATCH", f"/channels/{general.id}", {"name": None}))[1]["name"] == "general"
    voice = await api("POST", f"/guilds/{guild.id}/channels", {"name": "v", "type": 2, "user_limit": 5})
    assert (voice[0], voice[1]["user_limit"]) == (201, 5)


async def test_typing_shows(bot: Any, general: discord.TextChannel, guild: ScriptedGuild) -> None:
    await general.typing()
    await bot.until(lambda: bot.last("TYPING_START").get("channel_id") == str(general.id))


async def test_channels_by_name_or_id(guild: ScriptedGuild) -> None:
    made = guild.channel("logs")
    assert guild.find_channel(made.id) is made
    assert guild.find_channel(made) is made
    with pytest.raises(NotFound, match="no channel 'nowhere'"):
        guild.find_channel("nowhere")


async def test_the_guild(bot: Any, there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    fetched = await bot.fetch_guild(guild.id)
    assert (fetched.name, fetched.approximate_member_count) == (guild.name, 2)
    assert guild.id in {it.id async for it in bot.fetch_guilds(limit=None)}
    assert (await api("GET", f"/guilds/{guild.id}"))[1].keys().isdisjoint({"approximate_member_count"})
    await guild.remove_bot()
    await guild.remove_bot()
    await bot.until(lambda: bot.get_guild(guild.id) is None)
    assert (await api("GET", f"/guilds/{guild.id}"))[1]["code"] == 50001
    assert (await api("DELETE", f"/users/@me/guilds/{guild.id}"))[1]["code"] == 10004
    await guild.add_bot(permissions=Permission.SEND_MESSAGES)
    await guild.add_bot()
    joined = await bot.until(lambda: bot.get_guild(guild.id))
    assert joined.me.guild_permissions.send_messages
    assert not joined.me.guild_permissions.administrator
    await joined.leave()
    await bot.until(lambda: bot.get_guild(guild.id) is None)
    assert (await api("GET", "/guilds/5"))[1]["code"] == 10004
