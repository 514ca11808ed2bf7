from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest

from guildbase.simulator import NotAllowed, Permission, ScriptedGuild, Simulator
from guildbase.simulator.world.entities import ApplicationFlag
from tests.simulator.conftest import calling

_NOT_ADMIN = discord.Permissions.all().value & ~int(Permission.ADMINISTRATOR)


async def _thread(general: discord.TextChannel, kind: str = "public_thread", **fields: Any) -> discord.Thread:
    return await general.create_thread(name="Talk", type=discord.ChannelType[kind], **fields)


async def test_a_thread_on_a_message(bot: Any, general: discord.TextChannel, guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    await ada.says("interesting")
    source = await general.fetch_message((await anext(general.history(limit=1))).id)
    thread = await source.create_thread(name="About it", auto_archive_duration=60, slowmode_delay=5)
    assert (thread.id, thread.owner_id, thread.slowmode_delay) == (source.id, bot.user.id, 5)
    event = await bot.until(lambda: bot.last("THREAD_CREATE").get("id") == str(thread.id) and bot.last("THREAD_CREATE"))
    assert event["newly_created"] is True
    again = await general.fetch_message(source.id)
    assert again.flags.has_thread
    assert again.thread is not None
    starter = await anext(thread.history(limit=1))
    assert starter.type is discord.MessageType.thread_starter_message
    assert starter.reference is not None
    assert starter.reference.resolved == again
    with pytest.raises(discord.HTTPException) as twice:
        await source.create_thread(name="Again")
    assert twice.value.code == 160004
    await thread.delete()
    assert not (await general.fetch_message(source.id)).flags.has_thread
    assert [it["action_type"] for it in guild.audit_log[:2]] == [112, 110]


async def test_a_thread_in_a_channel_is_announced_there(general: discord.TextChannel, guild: ScriptedGuild) -> None:
    thread = await _thread(general)
    note = await anext(general.history(limit=1))
    assert note.type is discord.MessageType.thread_created
    assert (note.content, note.reference and note.reference.channel_id) == ("Talk", thread.id)
    await _thread(general, "private_thread")
    assert (await anext(general.history(limit=1))).id == note.id
    await thread.edit(name="Talk more")
    renamed = await anext(thread.history(limit=1))
    assert (renamed.type, renamed.content) == (discord.MessageType.channel_name_change, "Talk more")


async def test_writing_counts_and_makes_a_member(bot: Any, general: discord.TextChannel, guild: ScriptedGuild) -> None:
    ada, thread = guild.member("ada"), await _thread(general, auto_archive_duration=60)
    kept = guild.guild.threads[thread.id].thread
    assert kept is not None
    await ada.says("hello", channel=guild.guild.threads[thread.id])
    await bot.until(lambda: (bot.last("THREAD_MEMBERS_UPDATE").get("added_members") or [{}])[0])
    assert bot.last("THREAD_MEMBERS_UPDATE")["added_members"][0]["user_id"] == str(ada.id)
    assert (kept.message_count, set(kept.members)) == (1, {bot.user.id, ada.id})
    sent = await thread.send("two")
    await sent.delete()
    assert (kept.message_count, kept.total_message_sent) == (1, 2)


async def test_threads_fall_asleep_and_wake(run: Any) -> None:
    """Time is put forward, so this has a simulator of its own."""
    async with Simulator() as sim, run.connected(sim, run.Bot(enable_debug_events=True)) as bot:
        guild = sim.guild("Sleepy")
        ada, made = guild.member("ada"), await guild.member("ada").starts_thread("Talk", auto_archive_duration=60)

        def archived() -> Any:
            return bot.last("THREAD_UPDATE").get("thread_metadata", {}).get("archived")

        sim.advance(timedelta(minutes=59))
        await ada.says("still here", channel=made)
        sim.advance(timedelta(minutes=59))
        assert archived() is None
        sim.advance(timedelta(minutes=1))
        await bot.until(lambda: archived() is True)
        await ada.says("good morning", channel=made)
        await bot.until(lambda: archived() is False)


async def test_archived_and_locked_threads(general: discord.TextChannel, guild: ScriptedGuild, api: Any) -> None:
    ada, thread = guild.member("ada"), await _thread(general)
    place, path = guild.guild.threads[thread.id], f"/channels/{thread.id}"
    sent = await thread.send("before")
    await thread.edit(archived=True, locked=True)
    for method, where, body in (
        ("PATCH", f"{path}/messages/{sent.id}", {"content": "after"}),
        ("PUT", f"{path}/thread-members/{ada.id}", None),
        ("PUT", f"{path}/messages/{sent.id}/reactions/%E2%AD%90/@me", None),
        ("PUT", f"{path}/messages/pins/{sent.id}", None),
        ("PATCH", path, {"name": "x"}),
    ):
        assert (await api(method, where, body))[1]["code"] == 50083
    with pytest.raises(NotAllowed, match="Thread is locked"):
        await ada.says("let me in", channel=place)
    await thread.send("managers may")
    assert place.thread is not None
    assert not place.thread.archived


async def test_what_only_managers_of_threads_may_do(
    general: discord.TextChannel, guild: ScriptedGuild, api: Any
) -> None:
    guild.grant_bot(_NOT_ADMIN & ~int(Permission.MANAGE_THREADS))
    own, theirs = await _thread(general), await guild.member("ada").starts_thread("Hers")
    assert (await own.edit(name="Mine", archived=False)).name == "Mine"
    for path, body in ((f"/channels/{own.id}", {"locked": True}), (f"/channels/{theirs.id}", {"name": "x"})):
        assert (await api("PATCH", path, body))[1]["code"] == 50013
    assert (await api("DELETE", f"/channels/{theirs.id}"))[1]["code"] == 50013
    no_thread = {"permissions": str(int(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES))}
    await guild.owner.does("PATCH", f"/guilds/{guild.id}/roles/{guild.id}", no_thread)
    guild.grant_bot(_NOT_ADMIN & ~int(Permission.CREATE_PRIVATE_THREADS))
    assert (await api("POST", f"/channels/{general.id}/threads", {"name": "x", "type": 12}))[1]["code"] == 50013


async def test_private_threads_are_for_their_members(
    bot: Any, general: discord.TextChannel, guild: ScriptedGuild, api: Any
) -> None:
    guild.grant_bot(_NOT_ADMIN & ~int(Permission.MANAGE_THREADS))
    ada, bea = guild.member("ada"), guild.member("bea")
    secret = await ada.starts_thread("Secret", private=True)
    assert (await api("GET", f"/channels/{secret.id}"))[1]["code"] == 50001
    with pytest.raises(NotAllowed):
        await bea.says("hello?", channel=secret)
    await ada.says("just us", channel=secret)
    heard = {it["channel_id"] for it in bot.events("MESSAGE_CREATE")}
    await ada.does("PUT", f"/channels/{secret.id}/thread-members/{bot.user.id}")
    await bot.until(lambda: bot.last("THREAD_CREATE").get("id") == str(secret.id))
    assert str(secret.id) not in heard
    assert "newly_created" not in bot.last("THREAD_CREATE")
    assert bot.get_channel(secret.id) is not None
    await ada.does("DELETE", f"/channels/{secret.id}/thread-members/{bot.user.id}")
    await bot.until(lambda: str(bot.user.id) in bot.last("THREAD_MEMBERS_UPDATE").get("removed_member_ids", ()))
    assert (await api("GET", f"/channels/{secret.id}/messages"))[1]["code"] == 50001


async def test_members_of_a_thread(general: discord.TextChannel, guild: ScriptedGuild, api: Any) -> None:
    ada, thread = guild.member("ada"), await _thread(general, "private_thread", invitable=False)
    await thread.add_user(discord.Object(ada.id))
    note = await anext(thread.history(limit=1))
    assert (note.type, [it.id for it in note.mentions]) == (discord.MessageType.recipient_add, [ada.id])
    path = f"/channels/{thread.id}/thread-members"
    first = (await api("GET", f"{path}?with_member=true&limit=1"))[1]
    rest = (await api("GET", f"{path}?with_member=true&after={first[0]['user_id']}"))[1]
    assert {first[0]["member"]["user"]["id"], rest[0]["user_id"]} == {str(ada.id), str(thread.owner_id)}
    with pytest.raises(NotAllowed, match="MANAGE_THREADS"):
        await ada.does("PUT", f"{path}/{guild.member('bea').id}")
    await thread.remove_user(discord.Object(ada.id))
    assert (await api("DELETE", f"{path}/{ada.id}"))[1]["code"] == 10007
    assert (await api("PUT", f"/channels/{general.id}/thread-members/@me"))[1]["code"] == 50024
    await ada.leaves()
    assert (await api("PUT", f"{path}/{ada.id}"))[1]["code"] == 10007


async def test_forums(there: discord.Guild, guild: ScriptedGuild, api: Any) -> None:
    tags = [discord.ForumTag(name="bug", moderated=True), discord.ForumTag(name="idea", emoji="💡")]
    forum = await there.create_forum(
        "Help Desk", available_tags=tags, default_layout=discord.ForumLayoutType.list_view, default_reaction_emoji="⭐"
    )
    assert (forum.name, [it.name for it in forum.available_tags]) == ("help-desk", ["bug", "idea"])
    assert str(forum.default_reaction_emoji) == "⭐"
    await forum.edit(require_tag=True)
    path = f"/channels/{forum.id}/threads"
    assert (await api("POST", path, {"name": "x", "message": {"content": "y"}}))[1]["code"] == 40067
    wrong = {"name": "x", "message": {"content": "y"}, "applied_tags": ["5"]}
    assert (await api("POST", path, wrong))[1]["errors"]["applied_tags"]
    body = (await api("POST", path, {"name": "x", "message": {"content": "y" * 2001}}))[1]
    assert body["errors"]["message"]["content"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"
    assert not guild.guild.threads
    thread, first = await forum.create_thread(name="Post", content="first", applied_tags=[forum.available_tags[1]])
    assert (first.id, thread.applied_tags, thread.message_count) == (thread.id, [forum.available_tags[1]], 0)
    with pytest.raises(NotAllowed, match="MANAGE_THREADS"):
        await guild.member("ada").starts_thread(
            "Mine",
            in_channel=guild.find_channel("help-desk"),
            saying="!",
            applied_tags=[str(forum.available_tags[0].id)],
        )
    other, _ = await forum.create_thread(name="Other", content="second", applied_tags=[forum.available_tags[1]])
    await thread.edit(pinned=True)
    with pytest.raises(discord.HTTPException) as full:
        await other.edit(pinned=True)
    assert full.value.code == 30047
    assert (await api("POST", f"/channels/{forum.id}/messages", {"content": "x"}))[1]["code"] == 50008


async def test_pages_of_archived_threads(general: discord.TextChannel, api: Any) -> None:
    made = []
    for _ in range(5):
        thread = await _thread(general)
        await thread.edit(archived=True)
        made.append(thread.id)
    path = f"/channels/{general.id}/threads/archived/public"
    page = (await api("GET", f"{path}?limit=2"))[1]
    assert ([int(it["id"]) for it in page["threads"]], page["has_more"]) == (made[:2:-1], True)
    assert [it.id async for it in general.archived_threads(limit=None)] == made[::-1]
    assert (await api("GET", f"{path}?before=soon"))[1]["errors"]["before"]


async def test_access_to_a_channel_brings_its_threads(
    bot: Any, general: discord.TextChannel, guild: ScriptedGuild
) -> None:
    guild.grant_bot(_NOT_ADMIN)
    thread = await _thread(general)
    everyone, synced = general.guild.default_role, len(bot.events("THREAD_LIST_SYNC"))
    await guild.owner.does(
        "PUT", f"/channels/{general.id}/permissions/{everyone.id}", {"type": 0, "deny": str(1 << 10)}
    )
    await bot.until(lambda: not general.permissions_for(general.guild.me).view_channel)
    await guild.owner.does("DELETE", f"/channels/{general.id}/permissions/{everyone.id}")
    await bot.until(lambda: len(bot.events("THREAD_LIST_SYNC")) > synced)
    sync = bot.last("THREAD_LIST_SYNC")
    assert (sync["channel_ids"], [it["id"] for it in sync["threads"]]) == ([str(general.id)], [str(thread.id)])


async def test_threads_come_with_the_guild(sim: Simulator, run: Any, general: discord.TextChannel) -> None:
    active, archived = await _thread(general), await _thread(general)
    await archived.edit(archived=True)
    second = run.Bot()
    async with run.connected(sim, second):
        known = second.get_guild(general.guild.id)
        assert known is not None
        assert [it.id for it in known.threads] == [active.id]
        assert known.threads[0].me is not None


async def test_a_deleted_channel_takes_its_threads_along(
    bot: Any, general: discord.TextChannel, guild: ScriptedGuild, api: Any
) -> None:
    thread = await _thread(general)
    await general.delete()
    assert (await api("GET", f"/channels/{thread.id}"))[1]["code"] == 10003
    assert not guild.guild.threads
    await bot.until(lambda: bot.get_channel(thread.id) is None)


async def test_threads_of_announcement_channels(there: discord.Guild, api: Any) -> None:
    news = await there.create_text_channel("news", news=True)
    thread = await (await news.send("headline")).create_thread(name="Comments")
    assert thread.type is discord.ChannelType.news_thread
    other = await news.create_thread(name="More", type=discord.ChannelType.news_thread)
    assert {it.id for it in await there.active_threads()} == {thread.id, other.id}
    path = f"/channels/{news.id}/threads"
    assert (await api("POST", path, {"name": "x", "type": 12}))[1]["code"] == 50024
    assert (await api("POST", f"/channels/{thread.id}/threads", {"name": "x"}))[1]["code"] == 50024
    category = await there.create_category("Rooms")
    assert (await api("POST", f"/channels/{category.id}/threads", {"name": "x"}))[1]["code"] == 50024


async def test_searching_a_forum(there: discord.Guild, api: Any) -> None:
    forum = await there.create_forum("help", available_tags=[discord.ForumTag(name="bug")])
    made = []
    for number in range(3):
        tags = list(forum.available_tags) if number else []
        thread, _ = await forum.create_thread(name=f"Red lamp {number}", content="?", applied_tags=tags)
        made.append(str(thread.id))
    path = f"/channels/{forum.id}/threads/search"

    async def found(query: str) -> list[str]:
        return [it["id"] for it in (await api("GET", f"{path}?{query}"))[1]["threads"]]

    assert await found("name=lamp%20red") == made[::-1]
    assert await found(f"tag={forum.available_tags[0].id}&sort_by=creation_time&sort_order=asc") == made[1:]
    assert await found(f"max_id={made[0]}") == made[:1]
    assert await found("archived=true") == []
    page = (await api("GET", f"{path}?limit=1&offset=1"))[1]
    assert ([it["id"] for it in page["threads"]], page["has_more"], page["total_results"]) == ([made[1]], True, 3)
    assert list((await api("GET", f"{path}?limit=26"))[1]["errors"]) == ["limit"]


async def test_regression_who_follows_a_thread_is_told_as_members_are() -> None:
    async with Simulator(flags=ApplicationFlag(0)) as sim, calling(sim) as call:
        guild = sim.guild("Private")
        _, thread, _ = await call("POST", f"/channels/{guild.channel('general').id}/threads", {"name": "t", "type": 11})
        path = f"/channels/{thread['id']}/thread-members"
        assert (await call("GET", path))[1]["code"] == 50001
        assert (await call("GET", f"{path}/{sim.bot_user_id}"))[0] == 200


async def test_regression_a_change_of_a_thread_is_not_due_for_ever() -> None:
    async with Simulator() as sim, calling(sim) as call:
        guild = sim.guild("Changing")
        _, thread, _ = await call("POST", f"/channels/{guild.channel('general').id}/threads", {"name": "t", "type": 11})
        for seconds in range(20):
            await call("PATCH", f"/channels/{thread['id']}", {"rate_limit_per_user": seconds})
        assert len(sim.world.clock._due) == 1
