from __future__ import annotations

import io
from typing import Any

import discord
import pytest

from guildbase.simulator import NotAllowed, Permission, ScriptedGuild, Simulator
from guildbase.simulator.world.entities import ChannelType
from tests.simulator.conformance.pictures import PNG


async def test_writing_by_a_webhook(bot: Any, general: discord.TextChannel, guild: ScriptedGuild, api: Any) -> None:
    hook = await general.create_webhook(name="Logger", avatar=PNG, reason="log")
    assert (guild.audit_log[0]["action_type"], guild.audit_log[0]["reason"]) == (50, "log")
    file = discord.File(io.BytesIO(b"bytes"), "a.txt")
    embed = discord.Embed(title="Deleted")
    sent = await hook.send("hi @everyone", username="Ada's log", embed=embed, file=file, wait=True)
    assert (sent.author.name, sent.webhook_id, sent.attachments[0].filename) == ("Ada's log", hook.id, "a.txt")
    heard = await bot.until(lambda: bot.last("MESSAGE_CREATE").get("id") == str(sent.id) and bot.last("MESSAGE_CREATE"))
    assert heard["author"] | {"avatar": None} == {
        "id": str(hook.id), "username": "Ada's log", "discriminator": "0000", "global_name": None, "avatar": None,
        "bot": True, "public_flags": 0, "flags": 0, "primary_guild": None,
    }  # fmt: skip
    assert "member" not in heard
    await sent.edit(content="edited", attachments=[])
    assert (await general.fetch_message(sent.id)).attachments == []
    reply = await general.send("so?", reference=sent)
    assert reply.reference is not None
    assert isinstance(reply.reference.resolved, discord.Message)
    assert reply.reference.resolved.author.name == "Ada's log"
    own = (await api("PATCH", f"/channels/{general.id}/messages/{sent.id}", {"content": "x"}))[1]
    assert own["code"] == 50005
    await sent.delete()
    with pytest.raises(discord.NotFound):
        await hook.fetch_message(sent.id)


async def test_a_token_is_all_one_needs(sim: Simulator, general: discord.TextChannel, api: Any) -> None:
    hook = await general.create_webhook(name="Logger")
    path, nobody = f"/webhooks/{hook.id}/{hook.token}", {"headers": {"Authorization": ""}}
    assert (await api("POST", path, {"content": "x"}, **nobody))[0] == 204
    status, sent, _ = await api("POST", f"{path}?wait=true", {"content": "x"}, **nobody)
    assert (status, sent["author"]["username"]) == (200, "Logger")
    assert (await api("PATCH", path, {"name": "Renamed"}, **nobody))[1]["name"] == "Renamed"
    wrong = f"/webhooks/{hook.id}/{'x' * 68}"
    assert (await api("POST", wrong, {"content": "x"}, **nobody))[:2] == (
        401,
        {"message": "Invalid Webhook Token", "code": 50027},
    )
    assert (await api("POST", f"/webhooks/5/{hook.token}", {"content": "x"}, **nobody))[1]["code"] == 10015
    assert (await api("GET", f"/webhooks/{hook.id}", **nobody))[0] == 401
    assert (await api("DELETE", path, **nobody))[0] == 204
    assert hook.id not in sim.world.webhooks


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"content": "x" * 2001}, ["content"]),
        ({"content": "x", "username": "Clyde's aunt"}, ["username"]),
        ({"content": "x", "username": ""}, ["username"]),
        ({"embeds": [{"title": "x" * 257}]}, ["embeds", "0", "title"]),
    ],
)
async def test_bad_messages(general: discord.TextChannel, api: Any, body: dict[str, Any], path: list[str]) -> None:
    hook = await general.create_webhook(name="Logger")
    at = f"/webhooks/{hook.id}/{hook.token}"
    status, answer, _ = await api("POST", at, body)
    assert (status, answer["code"]) == (400, 50035)
    node = answer["errors"]
    for step in path:
        node = node[step]
    assert node["_errors"]
    assert (await api("POST", at, {}))[1]["code"] == 50006
    assert [it async for it in general.history()] == []


async def test_managing_webhooks(bot: Any, there: discord.Guild, general: discord.TextChannel, api: Any) -> None:
    hook = await general.create_webhook(name="Logger")
    other = await there.create_text_channel("other")
    moved = await hook.edit(channel=other, name="Mover", reason="tidy")
    assert (moved.channel_id, [it.id for it in await other.webhooks()]) == (other.id, [hook.id])
    await bot.until(
        lambda: {it["channel_id"] for it in bot.events("WEBHOOKS_UPDATE")} >= {str(general.id), str(other.id)}
    )
    for name in ("discord", "My Clyde", "x" * 81):
        answer = (await api("POST", f"/channels/{general.id}/webhooks", {"name": name}))[1]
        assert answer["errors"]["name"]
    for number in range(15):
        await general.create_webhook(name=f"Hook {number}")
    with pytest.raises(discord.HTTPException) as full:
        await general.create_webhook(name="One too many")
    assert full.value.code == 30007
    assert (await api("PATCH", f"/webhooks/{hook.id}", {"channel_id": str(general.id)}))[1]["code"] == 30007
    entry = await anext(there.audit_logs(action=discord.AuditLogAction.webhook_update))
    assert (entry.before.name, entry.after.name, entry.reason) == ("Logger", "Mover", "tidy")
    await other.delete()
    assert (await api("GET", f"/webhooks/{hook.id}"))[1]["code"] == 10015


async def test_webhooks_need_a_permission(general: discord.TextChannel, guild: ScriptedGuild, api: Any) -> None:
    hook = await general.create_webhook(name="Logger")
    with pytest.raises(NotAllowed, match="MANAGE_WEBHOOKS"):
        await guild.member("ada").does("GET", f"/channels/{general.id}/webhooks")
    guild.grant_bot(Permission.VIEW_CHANNEL)
    for method, path in (
        ("POST", f"/channels/{general.id}/webhooks"),
        ("GET", f"/guilds/{guild.id}/webhooks"),
        ("DELETE", f"/webhooks/{hook.id}"),
        ("PATCH", f"/webhooks/{hook.id}"),
    ):
        assert (await api(method, path, {"name": "x"}))[1]["code"] == 50013


async def test_webhooks_in_threads_and_forums(there: discord.Guild, general: discord.TextChannel, api: Any) -> None:
    hook = await general.create_webhook(name="Logger")
    thread = await general.create_thread(name="Log", type=discord.ChannelType.public_thread)
    sent = await hook.send("in it", thread=thread, wait=True)
    assert sent.channel.id == thread.id
    await hook.edit_message(sent.id, content="still in it", thread=thread)
    with pytest.raises(discord.NotFound):
        await hook.fetch_message(sent.id)
    path = f"/webhooks/{hook.id}/{hook.token}"
    assert (await api("POST", path, {"content": "x", "thread_name": "New"}))[1]["code"] == 220003
    assert (await api("POST", f"{path}?thread_id=5", {"content": "x"}))[1]["code"] == 10003
    forum = await there.create_forum("reports")
    reporter = await forum.create_webhook(name="Reporter")
    with pytest.raises(discord.HTTPException) as placeless:
        await reporter.send("x", wait=True)
    assert placeless.value.code == 220001
    post = await reporter.send("broken", thread_name="Report 1", wait=True)
    assert post.channel.id == post.id
    assert (await there.fetch_channel(post.id)).name == "Report 1"
    again = await reporter.send("more", thread=discord.Object(post.id), wait=True)
    assert again.id != post.id


async def test_components_of_webhooks(general: discord.TextChannel, guild: ScriptedGuild, api: Any) -> None:
    row = {"type": 1, "components": [{"type": 2, "style": 5, "label": "Look", "url": "https://example.com"}]}
    made = await guild.owner.does("POST", f"/channels/{general.id}/webhooks", {"name": "By hand"})
    assert isinstance(made, dict)
    assert made["application_id"] is None
    path = f"/webhooks/{made['id']}/{made['token']}?wait=true"
    assert (await api("POST", path, {"content": "x", "components": [row]}))[1]["components"] == []
    assert (await api("POST", f"{path}&with_components=true", {"components": [row]}))[1]["components"]
    hook = await general.create_webhook(name="By the bot")
    sent = (await api("POST", f"/webhooks/{hook.id}/{hook.token}?wait=true", {"components": [row]}))[1]
    assert sent["components"][0]["components"][0]["label"] == "Look"


async def test_announcements_reach_their_followers(
    sim: Simulator, bot: Any, there: discord.Guild, general: discord.TextChannel, guild: ScriptedGuild
) -> None:
    news = await there.create_text_channel("news", news=True)
    hook = await news.follow(destination=general, reason="stay up to date")
    followers = await general.webhooks()
    assert [(it.id, it.type, it.source_channel and it.source_channel.id) for it in followers] == [
        (hook.id, discord.WebhookType.channel_follower, news.id)
    ]
    assert (await anext(general.history(limit=1))).type is discord.MessageType.channel_follow_add
    sent = await news.send("headline", embed=discord.Embed(title="More"))
    await sent.publish()
    copy = await anext(general.history(limit=1))
    assert (copy.content, copy.embeds[0].title, copy.flags.is_crossposted) == ("headline", "More", True)
    assert copy.author.name == f"{guild.name} #news"
    assert copy.reference is not None
    assert copy.reference.message_id == sent.id
    await sent.edit(content="correction")
    assert (await general.fetch_message(copy.id)).content == "correction"
    with pytest.raises(discord.HTTPException) as twice:
        await sent.publish()
    assert twice.value.code == 40033
    with pytest.raises(discord.HTTPException) as elsewhere:
        await (await general.send("x")).publish()
    assert elsewhere.value.code == 50024
    await sent.delete()
    emptied = await general.fetch_message(copy.id)
    assert (emptied.flags.source_message_deleted, emptied.embeds) == (True, [])


async def test_regression_the_audit_log_gives_no_tokens_away(
    general: discord.TextChannel, guild: ScriptedGuild, api: Any
) -> None:
    hook = await general.create_webhook(name="Secret")
    guild.grant_bot(int(Permission.VIEW_AUDIT_LOG))
    _, log, _ = await api("GET", f"/guilds/{guild.id}/audit-logs")
    assert [it["id"] for it in log["webhooks"]] == [str(hook.id)]
    assert str(hook.token) not in str(log)


async def test_regression_the_id_of_a_deleted_first_message_is_not_used_again(
    there: discord.Guild, guild: ScriptedGuild, api: Any
) -> None:
    await guild.owner.creates_channel("posts", ChannelType.FORUM)
    _, hook, _ = await api("POST", f"/channels/{guild.channel('posts').id}/webhooks", {"name": "Poster"})
    path = f"/webhooks/{hook['id']}/{hook['token']}"
    _, first, _ = await api("POST", f"{path}?wait=1", {"thread_name": "A post", "content": "first"})
    assert first["id"] == first["channel_id"]
    in_thread = f"thread_id={first['channel_id']}"
    assert (await api("DELETE", f"{path}/messages/{first['id']}?{in_thread}"))[0] == 204
    _, second, _ = await api("POST", f"{path}?wait=1&{in_thread}", {"content": "second"})
    assert second["id"] != first["id"]
