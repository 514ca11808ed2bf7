from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
from discord.ext import commands

from guildbase.simulator import Limit, NothingHeard, Permission, RateLimits, ScriptedGuild, Simulator
from guildbase.simulator.world.clock import Clock
from guildbase.simulator.world.entities import Overwrite
from guildbase.simulator.world.nonces import Nonces


async def test_a_text_command_is_answered(bot: Any, guild: ScriptedGuild) -> None:
    async def greet(ctx: Any) -> None:
        await ctx.reply(f"hi {ctx.author.name}")

    bot.add_command(commands.Command(greet))
    member = guild.member("ada")
    said = await member.says("!greet")
    answer = await member.hears(matching="hi ada")
    assert answer.reply_to == said.id
    assert not answer.ephemeral
    assert answer.author_id == bot.user.id
    bot.remove_command("greet")


async def test_send_edit_delete(general: discord.TextChannel, guild: ScriptedGuild) -> None:
    embed = discord.Embed(title="Rules", description="Be kind", color=0x336699)
    embed.add_field(name="One", value="No spam").set_footer(text="bye").set_author(name="Team")
    message = await general.send("welcome", embed=embed)
    seen = guild.messages("general")[-1]
    assert seen.text.split("\n") == ["welcome", "Team", "Rules", "Be kind", "One", "No spam", "bye"]
    await message.edit(content="hello", embed=None)
    assert (await seen.edited(matching="hello")).embeds == []
    assert seen.edits == 1
    await message.delete()
    await seen.vanishes()
    with pytest.raises(discord.NotFound) as error:
        await general.fetch_message(message.id)
    assert error.value.code == 10008


async def test_history_pages(general: discord.TextChannel) -> None:
    sent = [await general.send(str(number)) for number in range(8)]
    newest = [it async for it in general.history(limit=3)]
    assert [it.content for it in newest] == ["7", "6", "5"]
    before = [it.content async for it in general.history(limit=2, before=sent[5])]
    assert before == ["4", "3"]
    after = [it.content async for it in general.history(limit=2, after=sent[5], oldest_first=True)]
    assert after == ["6", "7"]
    around = [it.content async for it in general.history(limit=3, around=sent[4])]
    assert sorted(around) == ["3", "4", "5"]
    assert (await general.fetch_message(sent[2].id)).content == "2"


async def test_files_travel_both_ways(general: discord.TextChannel, guild: ScriptedGuild) -> None:
    file = discord.File(io.BytesIO(b"\x00data"), filename="a.bin", description="bits")
    message = await general.send(file=file)
    assert await message.attachments[0].read() == b"\x00data"
    assert guild.messages("general")[-1].attachments[0].data == b"\x00data"
    assert message.attachments[0].description == "bits"
    edited = await message.edit(attachments=[discord.File(io.BytesIO(b"new"), filename="b.txt")])
    assert [it.filename for it in edited.attachments] == ["b.txt"]
    kept = await message.edit(content="text", attachments=edited.attachments)
    assert [it.filename for it in kept.attachments] == ["b.txt"]


async def test_reactions(bot: Any, general: discord.TextChannel, guild: ScriptedGuild) -> None:
    ada, bob = guild.member("ada"), guild.member("bob")
    said = await ada.says("nice")
    message = await general.fetch_message(said.id)
    await message.add_reaction("⭐")
    await message.add_reaction("⭐")
    await bob.reacts(said, "⭐")
    await bob.reacts(said, "🎉")
    again = await general.fetch_message(said.id)
    assert [(str(it.emoji), it.count, it.me) for it in again.reactions] == [("⭐", 2, True), ("🎉", 1, False)]
    assert {it.name async for it in again.reactions[0].users()} == {"guildbase", "bob"}
    assert bot.events("MESSAGE_REACTION_ADD")[-1]["member"]["user"]["username"] == "bob"
    await message.remove_reaction("⭐", discord.Object(bob.id))
    await message.remove_reaction("⭐", bot.user)
    await message.remove_reaction("⭐", bot.user)
    assert list(said.reactions) == ["🎉"]
    await bob.unreacts(said, "🎉")
    assert said.reactions == {}
    await bob.reacts(said, "🎉")
    await bob.reacts(said, "🔥")
    await message.clear_reaction("🎉")
    await message.clear_reactions()
    assert said.reactions == {}
    with pytest.raises(discord.HTTPException) as error:
        await message.add_reaction("nonsense")
    assert error.value.code == 10014


async def test_bulk_delete_and_purge(bot: Any, general: discord.TextChannel, guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    said = [await ada.says(str(number)) for number in range(4)]
    await general.delete_messages([discord.Object(said[0].id), discord.Object(said[1].id)])
    assert said[0].deleted
    assert said[1].deleted
    assert len(await general.purge(limit=10)) == 2
    assert guild.messages() == []
    old = discord.utils.time_snowflake(datetime.now(UTC) - timedelta(days=20))
    with pytest.raises(discord.HTTPException) as error:
        await general.delete_messages([discord.Object(old), discord.Object(old + 1)])
    assert error.value.code == 50034
    await bot.until(lambda: bot.events("MESSAGE_DELETE_BULK"))


async def test_deleting_the_message_of_another_is_audited(general: discord.TextChannel, guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    said = await ada.says("spam")
    await (await general.fetch_message(said.id)).delete()
    await said.vanishes()
    assert guild.audit_log[0]["action_type"] == 72


async def test_an_enforced_nonce_sends_once(sim: Simulator, api: Any, guild: ScriptedGuild) -> None:
    path = f"/channels/{guild.channel('general').id}/messages"
    body = {"content": "once", "nonce": "abc", "enforce_nonce": True}
    _, first, _ = await api("POST", path, body)
    _, second, _ = await api("POST", path, body | {"content": "twice"})
    assert second["id"] == first["id"]
    assert second["content"] == "once"
    _, third, _ = await api("POST", path, {"content": "again", "nonce": "abc"})
    assert third["id"] != first["id"]
    assert third["nonce"] == "abc"
    assert len(guild.messages()) == 2


async def test_form_errors_name_their_fields(api: Any, guild: ScriptedGuild) -> None:
    path = f"/channels/{guild.channel('general').id}/messages"
    status, body, _ = await api("POST", path, {"content": "x" * 2001})
    assert (status, body["code"], body["message"]) == (400, 50035, "Invalid Form Body")
    assert body["errors"] == {
        "content": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]}
    }
    field = {"name": "", "value": "v" * 1025}
    embed = {"title": "t" * 257, "description": "d" * 4097, "fields": [field]}
    _, body, _ = await api("POST", path, {"embeds": [embed]})
    found = body["errors"]["embeds"]["0"]
    assert set(found) == {"title", "description", "fields"}
    assert found["fields"]["0"]["name"]["_errors"][0]["code"] == "BASE_TYPE_MIN_LENGTH"
    assert found["fields"]["0"]["value"]["_errors"][0]["message"] == "Must be 1024 or fewer in length."
    _, body, _ = await api("POST", path, {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]})
    assert body["errors"]["embeds"]["0"]["fields"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"
    _, body, _ = await api("POST", path, {"embeds": [{"description": "d" * 4000}] * 2})
    assert body["errors"]["embeds"]["_errors"][0]["code"] == "MAX_EMBED_SIZE_EXCEEDED"
    _, body, _ = await api("POST", path, {"content": 5, "tts": "maybe"})
    assert body["errors"]["content"]["_errors"][0]["code"] == "STRING_TYPE_CONVERT"
    assert body["errors"]["tts"]["_errors"][0]["code"] == "BOOLEAN_TYPE_CONVERT"
    _, body, _ = await api("POST", path, {"embeds": [{"color": -1}]})
    assert body["errors"]["embeds"]["0"]["color"]["_errors"][0]["code"] == "NUMBER_TYPE_MIN"
    _, body, _ = await api("POST", path, {"content": "ok", "message_reference": {"message_id": "1"}})
    assert body["errors"]["message_reference"]["_errors"][0]["code"] == "REPLIES_UNKNOWN_MESSAGE"
    status, body, _ = await api(
        "POST", path, {"content": "ok", "message_reference": {"message_id": "1", "fail_if_not_exists": False}}
    )
    assert status == 200
    assert "message_reference" not in body
    _, body, _ = await api("POST", path, {})
    assert body["code"] == 50006
    _, body, _ = await api("GET", path + "?limit=101")
    assert body["errors"]["limit"]["_errors"][0]["code"] == "NUMBER_TYPE_RANGE"


async def test_mentions_follow_allowed_mentions(general: discord.TextChannel, guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    role = guild.role("VIP")
    text = f"{ada.mention} <@&{role.id}> @everyone"
    loud = await general.send(text, allowed_mentions=discord.AllowedMentions.all())
    assert [it.id for it in loud.mentions] == [ada.id]
    assert [it.id for it in loud.role_mentions] == [role.id]
    assert loud.mention_everyone
    quiet = await general.send(text, allowed_mentions=discord.AllowedMentions.none())
    assert (quiet.mentions, quiet.role_mentions, quiet.mention_everyone) == ([], [], False)
    only = await general.send(text, allowed_mentions=discord.AllowedMentions(users=[discord.Object(ada.id)]))
    assert [it.id for it in only.mentions] == [ada.id]
    said = await ada.says("hey")
    reply = await (await general.fetch_message(said.id)).reply("yes", mention_author=True)
    assert [it.id for it in reply.mentions] == [ada.id]
    assert reply.reference is not None
    assert isinstance(reply.reference.resolved, discord.Message)
    await ada.deletes(said)
    again = await general.fetch_message(reply.id)
    assert again.reference is not None
    assert isinstance(again.reference.resolved, discord.DeletedReferencedMessage)


async def test_direct_messages(bot: Any, guild: ScriptedGuild) -> None:
    ada = guild.member("ada_dm")
    user = await bot.fetch_user(ada.id)
    await user.send("one")
    await user.send("two")
    assert (await ada.receives_dm()).text == "one"
    assert (await ada.receives_dm()).text == "two"
    assert [it.text for it in ada.dms] == ["one", "two"]
    with pytest.raises(NothingHeard, match="got no direct message with 'three'"):
        await ada.receives_dm(timeout=0.01, matching="three")
    await ada.sends_dm("secret")
    await bot.until(lambda: any(it["content"] == "secret" for it in bot.events("MESSAGE_CREATE")))
    assert [it.content async for it in user.dm_channel.history()] == ["secret", "two", "one"]
    ada.closes_dms()
    with pytest.raises(discord.Forbidden) as error:
        await user.send("three")
    assert error.value.code == 50007
    ada.opens_dms()
    await ada.leaves()
    with pytest.raises(discord.Forbidden):
        await user.send("three")


async def test_what_cannot_be_done_in_direct_messages(api: Any, guild: ScriptedGuild) -> None:
    ada = guild.member("ada_dm2")
    _, channel, _ = await api("POST", "/users/@me/channels", {"recipient_id": str(ada.id)})
    said = await ada.sends_dm("mine")
    path = f"/channels/{channel['id']}"
    assert (await api("DELETE", f"{path}/messages/{said.id}"))[1]["code"] == 50003
    assert (await api("PATCH", f"{path}/messages/{said.id}", {"content": "x"}))[1]["code"] == 50005
    assert (await api("PATCH", path, {"name": "x"}))[1]["code"] == 50024
    assert (await api("DELETE", path))[0] == 200
    assert (await api("PUT", f"{path}/messages/{said.id}/reactions/%F0%9F%91%8D/@me"))[0] == 204
    assert (await api("POST", f"{path}/typing"))[0] == 204
    bot_id = (await api("GET", "/users/@me"))[1]["id"]
    assert (await api("POST", "/users/@me/channels", {"recipient_id": bot_id}))[1]["code"] == 50033


async def test_missing_permissions_to_write(sim: Simulator, general: discord.TextChannel, guild: ScriptedGuild) -> None:
    guild.grant_bot(0)
    everyone = guild.guild.roles[guild.id]
    everyone.permissions = int(Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY)
    with pytest.raises(discord.Forbidden) as error:
        await general.send("x")
    assert error.value.code == 50013
    everyone.permissions = int(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)
    with pytest.raises(discord.Forbidden) as error:
        await general.send(file=discord.File(io.BytesIO(b"x"), filename="x"))
    assert error.value.code == 50013
    said = await guild.owner.says("mine")
    message = general.get_partial_message(said.id)
    with pytest.raises(discord.Forbidden):
        await message.delete()
    with pytest.raises(discord.Forbidden):
        await message.add_reaction("👍")
    everyone.permissions = 0
    with pytest.raises(discord.Forbidden) as error:
        await general.send("x")
    assert error.value.code == 50001


async def test_a_message_the_bot_cannot_see_is_not_told(bot: Any, guild: ScriptedGuild) -> None:
    guild.grant_bot(0)
    secret = guild.channel("secret")
    secret.overwrites[guild.id] = Overwrite(guild.id, 0, deny=int(Permission.VIEW_CHANNEL))
    await guild.owner.says("out of sight", channel="secret")
    await guild.owner.says("in sight", channel="general")
    await bot.until(lambda: any(it["content"] == "in sight" for it in bot.events("MESSAGE_CREATE")))
    assert not any(it["content"] == "out of sight" for it in bot.events("MESSAGE_CREATE"))


async def test_categories_hold_no_messages(api: Any, there: discord.Guild) -> None:
    category = await there.create_category("Box")
    assert (await api("POST", f"/channels/{category.id}/messages", {"content": "x"}))[1]["code"] == 50008
    assert (await api("GET", f"/channels/{category.id}/messages"))[1]["code"] == 50008


async def test_discord_py_waits_out_a_429(sim: Simulator, general: discord.TextChannel) -> None:
    route = "POST /channels/{channel_id}/messages"
    before = sim.stats.rate_limited
    sim.limiter.set(RateLimits(routes={route: Limit(2, 0.15)}))
    try:
        for number in range(4):
            await general.send(str(number))
        general._state.http._buckets.clear()
        sim.limiter.set(RateLimits(everywhere=Limit(1, 0.15)))
        await general.send("a")
        await general.send("b")
    finally:
        sim.limiter.set(RateLimits())
    assert sim.stats.rate_limited > before


async def test_a_429_tells_when_to_come_back(sim: Simulator, api: Any) -> None:
    sim.limiter.set(RateLimits(routes={"GET /users/@me": Limit(1, 30.0)}))
    try:
        _, _, headers = await api("GET", "/users/@me")
        assert headers["X-RateLimit-Limit"] == "1"
        assert headers["X-RateLimit-Remaining"] == "0"
        assert 0 < float(headers["X-RateLimit-Reset-After"]) <= 30
        status, body, headers = await api("GET", "/users/@me")
        assert (status, body["global"]) == (429, False)
        assert 0 < body["retry_after"] <= 30
        assert headers["X-RateLimit-Scope"] == "user"
        assert int(headers["Retry-After"]) >= body["retry_after"]
        assert headers["Via"]
        assert headers["X-RateLimit-Bucket"]
    finally:
        sim.limiter.set(RateLimits())


async def test_files_have_a_limit(general: discord.TextChannel) -> None:
    with pytest.raises(discord.HTTPException) as error:
        await general.send(file=discord.File(io.BytesIO(bytes(10 * 1024 * 1024 + 1)), filename="big"))
    assert (error.value.status, error.value.code) == (413, 40005)


def test_nonces_are_forgotten() -> None:
    clock = Clock()
    nonces = Nonces(clock)
    nonces.remember(1, 2, "a", 3)
    assert (nonces.find(1, 2, "a"), nonces.find(1, 2, "b")) == (3, None)
    clock.advance(301)
    assert nonces.find(1, 2, "a") is None
    nonces.remember(1, 2, "b", 4)
    assert len(nonces._made) == 1


async def test_regression_only_roles_that_can_be_mentioned_are(guild: ScriptedGuild, api: Any) -> None:
    closed, opened = guild.role("Closed"), guild.role("Opened")
    opened.mentionable = True
    text = f"<@&{closed.id}> <@&{opened.id}> <@&{guild.id}> <@&123456789012345678>"
    path = f"/channels/{guild.channel('general').id}/messages"
    _, sent, _ = await api("POST", path, {"content": text})
    assert sent["mention_roles"] == [str(closed.id), str(opened.id)]
    guild.grant_bot(int(Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES))
    _, sent, _ = await api("POST", path, {"content": text})
    assert sent["mention_roles"] == [str(opened.id)]


async def test_regression_letters_are_no_emojis(guild: ScriptedGuild, api: Any) -> None:
    sent = await guild.owner.says("react to this")
    base = f"/channels/{sent.channel_id}/messages/{sent.id}/reactions"
    for text in ("é", "日本", "👍" * 40):
        assert (await api("PUT", f"{base}/{text}/@me"))[1]["code"] == 10014
    for emoji in ("\N{INFORMATION SOURCE}\N{VARIATION SELECTOR-16}", "1️⃣", "🇩🇪", "👩‍💻"):
        assert (await api("PUT", f"{base}/{emoji}/@me"))[0] == 204


async def test_regression_moderators_hide_embeds_of_others(
    general: discord.TextChannel, guild: ScriptedGuild, api: Any
) -> None:
    sent = await guild.owner.says("https://example.com")
    found = await general.fetch_message(sent.id)
    assert (await found.edit(suppress=True)).flags.suppress_embeds
    path = f"/channels/{general.id}/messages/{sent.id}"
    assert (await api("PATCH", path, {"flags": 0, "content": "forged"}))[1]["code"] == 50005
    assert (await api("PATCH", path, {"flags": None}))[1]["code"] == 50005
    assert (await api("PATCH", path, {"flags": 1 << 15}))[1]["flags"] == 0
    guild.grant_bot(int(Permission.VIEW_CHANNEL))
    assert (await api("PATCH", path, {"flags": 0}))[1]["code"] == 50013
    assert sent.content == "https://example.com"
