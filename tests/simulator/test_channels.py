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


async def test_what_a_category_says_goes_for_the_channels_that_said_the_same(
    there: discord.Guild, guild: ScriptedGuild
) -> None:
    category = await there.create_category("Rooms")
    await there.create_text_channel("following", category=category)
    own = await there.create_text_channel("own", category=category)
    await own.set_permissions(there.default_role, send_messages=False)
    for hidden in (True, False):
        await category.set_permissions(there.default_role, view_channel=False if hidden else None)
        denied = [guild.channel(name).overwrites.get(guild.id) for name in ("Rooms", "following")]
        assert [it is not None and it.deny == Permission.VIEW_CHANNEL for it in denied] == [hidden, hidden]
        assert guild.channel("own").overwrites[guild.id].deny == Permission.SEND_MESSAGES


async def test_a_bot_allows_only_what_it_has(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    general, vip = guild.channel("general"), guild.role("VIP")
    guild.grant_bot(Permission.MANAGE_ROLES | Permission.MANAGE_CHANNELS)
    path = f"/channels/{general.id}/permissions/{vip.id}"
    assert (await api("PUT", path, {"type": 0, "allow": str(int(Permission.MANAGE_MESSAGES))}))[1]["code"] == 50013
    assert (await api("PUT", path, {"type": 0, "allow": str(int(Permission.MANAGE_ROLES))}))[1]["code"] == 50013
    assert (await api("PUT", path, {"type": 0, "deny": str(int(Permission.SEND_MESSAGES))}))[0] == 204
    body = {"name": "x", "parent_id": "5"}
    for method, where in (("POST", f"/guilds/{guild.id}/channels"), ("PATCH", f"/channels/{general.id}")):
        wrong = (await api(method, where, body))[1]["errors"]["parent_id"]["_errors"][0]
        assert wrong == {"code": "CHANNEL_PARENT_INVALID", "message": "Category does not exist"}
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


async def test_the_audit_log_tells_what_changed(there: discord.Guild, guild: ScriptedGuild) -> None:
    role = await there.fetch_role(guild.role("VIP").id)
    channel = await there.create_text_channel("plans", topic="Secret", reason="plan")
    await channel.edit(
        name="deeds", slowmode_delay=5, overwrites={role: discord.PermissionOverwrite(send_messages=True)}
    )
    await channel.set_permissions(role, send_messages=False)
    await channel.set_permissions(role, overwrite=None)
    await channel.edit(name="deeds")
    log = [it async for it in there.audit_logs(limit=5, oldest_first=False)]
    kinds = ["overwrite_delete", "overwrite_update", "overwrite_create", "channel_update", "channel_create"]
    assert [it.action.name for it in log] == kinds
    removed, changed, made, update, create = log
    assert (create.after.name, create.after.topic, create.reason) == ("plans", "Secret", "plan")
    assert (update.before.name, update.after.name, update.after.slowmode_delay) == ("plans", "deeds", 5)
    assert made.extra == role
    assert (changed.before.allow.send_messages, changed.after.deny.send_messages) == (True, True)
    assert removed.before.deny.send_messages


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"name": ""}, "name", "BASE_TYPE_MIN_LENGTH"),
        ({"name": "x" * 101}, "name", "BASE_TYPE_MAX_LENGTH"),
        ({"type": 3}, "type", "BASE_TYPE_CHOICES"),
        ({"topic": "x" * 1025}, "topic", "BASE_TYPE_MAX_LENGTH"),
        ({"rate_limit_per_user": 21601}, "rate_limit_per_user", "NUMBER_TYPE_MAX"),
        ({"default_auto_archive_duration": 61}, "default_auto_archive_duration", "BASE_TYPE_CHOICES"),
        ({"type": 2, "bitrate": 7999}, "bitrate", "NUMBER_TYPE_MIN"),
        ({"type": 13, "bitrate": 64001}, "bitrate", "NUMBER_TYPE_MAX"),
        ({"type": 15, "available_tags": [{"name": "x" * 21}]}, "available_tags", None),
        ({"permission_overwrites": [{"id": "1", "type": 7}]}, "permission_overwrites", None),
    ],
)
async def test_bad_channels(guild: ScriptedGuild, api: Any, body: dict[str, Any], field: str, code: str | None) -> None:
    before = len(guild.guild.channels)
    status, answer, _ = await api("POST", f"/guilds/{guild.id}/channels", {"name": "new"} | body)
    assert (status, answer["code"], list(answer["errors"])) == (400, 50035, [field])
    if code is not None:
        assert answer["errors"][field]["_errors"][0]["code"] == code
    assert len(guild.guild.channels) == before


async def test_categories_and_their_room(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    category = await there.create_category("Rooms")
    path, inside = f"/guilds/{guild.id}/channels", {"parent_id": str(category.id)}
    for number in range(50):
        await api("POST", path, {"name": f"room {number}"} | inside)
    assert guild.channel("room-49").parent_id == category.id
    full = (await api("POST", path, {"name": "one more"} | inside))[1]["errors"]["parent_id"]["_errors"][0]
    assert full["code"] == "CHANNEL_PARENT_MAX_CHANNELS"
    nested = (await api("POST", path, {"name": "Inner", "type": 4} | inside))[1]["errors"]["parent_id"]["_errors"][0]
    assert nested["code"] == "CHANNEL_PARENT_CANNOT_BE_CATEGORY"
    wrong = (await api("POST", path, {"name": "x", "parent_id": str(guild.channel("general").id)}))[1]["errors"]
    assert wrong["parent_id"]["_errors"][0]["code"] == "CHANNEL_PARENT_INVALID_TYPE"
    while len(guild.guild.channels) < 500:
        assert (await api("POST", path, {"name": "filler"}))[0] == 201
    assert (await api("POST", path, {"name": "one more"}))[1]["code"] == 30013


async def test_text_channels_become_announcement_channels(there: discord.Guild, api: Any) -> None:
    channel, voice = await there.create_text_channel("news"), await there.create_voice_channel("Big Room")
    assert voice.name == "Big Room"
    changed = await channel.edit(type=discord.ChannelType.news)
    assert changed is not None
    assert changed.is_news()
    assert (await api("PATCH", f"/channels/{voice.id}", {"type": 0}))[1]["errors"]["type"]
    moved = (await api("PATCH", f"/guilds/{there.id}/channels", [{"id": str(channel.id), "position": -1}]))[1]
    assert moved["errors"]["0"]["position"]


async def test_media_channels(there: discord.Guild, api: Any) -> None:
    media = await there.create_forum("gallery", media=True, default_auto_archive_duration=60)
    assert (media.type, media.default_auto_archive_duration) == (discord.ChannelType.media, 60)
    read = (await api("PATCH", f"/channels/{media.id}", {"flags": (1 << 15) | (1 << 4) | 1}))[1]
    assert read["flags"] == (1 << 15) | (1 << 4)
    twins = {"available_tags": [{"name": "same"}, {"name": "same"}]}
    assert (await api("PATCH", f"/channels/{media.id}", twins))[1]["code"] == 40061


async def test_regression_nothing_names_a_channel_or_role_that_is_gone(
    bot: Any, guild: ScriptedGuild, there: discord.Guild, api: Any
) -> None:
    voice, role = await there.create_voice_channel("talk"), await there.create_role(name="guests")
    base = f"/guilds/{guild.id}"
    option = {"title": "yes", "channel_ids": [str(voice.id)], "role_ids": [str(role.id)]}
    screen = {"welcome_channels": [{"channel_id": str(voice.id), "description": "talk here"}]}
    prompts = [{"id": "1", "title": "What do you like?", "options": [option]}]
    rule = {
        "name": "words",
        "event_type": 1,
        "trigger_type": 1,
        "trigger_metadata": {"keyword_filter": ["x"]},
        "actions": [{"type": 1}],
        "exempt_channels": [str(voice.id)],
        "exempt_roles": [str(role.id)],
    }
    event = {
        "name": "Talk",
        "channel_id": str(voice.id),
        "privacy_level": 2,
        "entity_type": 2,
        "scheduled_start_time": "2090-01-01T00:00:00Z",
    }
    onboarding = {"prompts": prompts, "default_channel_ids": [str(voice.id)]}
    for method, path, body in (
        ("PATCH", "/welcome-screen", screen),
        ("PUT", "/onboarding", onboarding),
        ("POST", "/auto-moderation/rules", rule),
        ("POST", "/scheduled-events", event),
    ):
        assert (await api(method, base + path, body))[0] == 200
    await voice.delete()
    await role.delete()
    assert guild.guild.welcome_screen is not None
    assert guild.guild.welcome_screen.channels == []
    _, shown, _ = await api("GET", f"{base}/onboarding")
    assert shown["default_channel_ids"] == []
    assert (shown["prompts"][0]["options"][0]["channel_ids"], shown["prompts"][0]["options"][0]["role_ids"]) == ([], [])
    _, rules, _ = await api("GET", f"{base}/auto-moderation/rules")
    assert (rules[0]["exempt_channels"], rules[0]["exempt_roles"]) == ([], [])
    assert (await api("GET", f"{base}/scheduled-events"))[1] == []
    await bot.until(lambda: bot.last("GUILD_SCHEDULED_EVENT_DELETE").get("channel_id") == str(voice.id))


async def test_regression_moving_a_channel_is_no_way_around_manage_roles(
    there: discord.Guild, guild: ScriptedGuild, api: Any
) -> None:
    category = await there.create_category("Open", overwrites={there.default_role: discord.PermissionOverwrite()})
    guild.guild.channels[category.id].overwrites.clear()
    await category.set_permissions(there.default_role, manage_messages=True)
    general = guild.channel("general")
    move = [{"id": str(general.id), "parent_id": str(category.id), "lock_permissions": True, "position": 7}]
    guild.grant_bot(int(Permission.VIEW_CHANNEL | Permission.MANAGE_CHANNELS))
    assert (await api("PATCH", f"/guilds/{guild.id}/channels", move))[1]["code"] == 50013
    assert (general.parent_id, general.overwrites) == (None, {})
    guild.grant_bot(int(Permission.ADMINISTRATOR))
    assert (await api("PATCH", f"/guilds/{guild.id}/channels", move))[0] == 204
    assert general.overwrites.keys() == {guild.id}
    assert [it["action_type"] for it in guild.audit_log[:2]] == [13, 11]


async def test_regression_a_category_is_not_overfilled_at_once(guild: ScriptedGuild, api: Any) -> None:
    base = f"/guilds/{guild.id}/channels"
    _, category, _ = await api("POST", base, {"name": "Full", "type": 4})
    made = [(await api("POST", base, {"name": f"c{number}"}))[1]["id"] for number in range(51)]
    moves = [{"id": it, "parent_id": category["id"]} for it in made]
    _, body, _ = await api("PATCH", base, moves)
    assert body["errors"]["0"]["parent_id"]["_errors"][0]["code"] == "CHANNEL_PARENT_MAX_CHANNELS"
    assert not any(it.parent_id for it in guild.guild.channels.values())
    assert (await api("PATCH", base, moves[1:]))[0] == 204
