"""People talk, vote, come and go under the same rules as on Discord."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest

from guildbase.simulator import NotAllowed, ScriptedGuild, Simulator
from guildbase.simulator.world.entities import ChannelType


async def test_slowmode_holds_people_back(sim: Simulator, guild: ScriptedGuild) -> None:
    ada, moderator = guild.member("ada"), guild.member("moderator", roles=["Moderator"])
    await guild.owner.changes_channel("general", rate_limit_per_user=30)
    await ada.says("first")
    with pytest.raises(NotAllowed, match=r"slowmode in #general: ada has to wait (29|30) s"):
        await ada.says("second")
    await ada.says("elsewhere", channel="mod-log")
    for text in ("one", "two"):
        await moderator.says(text)
    sim.advance(30)
    await ada.says("second")


async def test_typing_and_reacting(bot: Any, guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    await ada.types()
    await bot.until(lambda: bot.last("TYPING_START").get("user_id") == str(ada.id))
    said = await ada.says("look")
    await ada.reacts(said, "⭐")
    assert said.reactions == {"⭐": [ada.id]}
    await bot.until(lambda: bot.last("MESSAGE_REACTION_ADD").get("user_id") == str(ada.id))
    await ada.unreacts(said, "⭐")
    assert said.reactions == {}
    with pytest.raises(NotAllowed, match="10014"):
        await ada.reacts(said, "nothing:5")


async def test_reacting_in_private(bot: Any, guild: ScriptedGuild) -> None:
    ada = guild.member("ada_reacts")
    await (await bot.fetch_user(ada.id)).send("hello")
    note = await ada.receives_dm()
    await ada.reacts(note, "👍")
    assert note.reactions == {"👍": [ada.id]}


async def test_regression_private_messages_have_limits_too(bot: Any, guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    with pytest.raises(NotAllowed, match="Must be 2000 or fewer in length"):
        await ada.sends_dm("x" * 2001)
    with pytest.raises(NotAllowed, match="Cannot send an empty message"):
        await ada.sends_dm("")
    assert (await ada.sends_dm("hi", files=[("a.txt", b"a")])).attachments[0].filename == "a.txt"


async def test_replies_name_what_they_answer(bot: Any, guild: ScriptedGuild) -> None:
    ada, bob = guild.member("ada"), guild.member("bob")
    said = await ada.says("question")
    answer = await bob.says("answer", reply_to=said)
    assert answer.reply_to == said.id
    await bot.until(lambda: bot.last("MESSAGE_CREATE").get("content") == "answer")
    assert bot.last("MESSAGE_CREATE")["referenced_message"]["id"] == str(said.id)


async def test_what_cannot_be_said(guild: ScriptedGuild) -> None:
    ada = guild.member("ada")
    with pytest.raises(NotAllowed, match="content: Must be 2000 or fewer in length"):
        await ada.says("x" * 2001)
    with pytest.raises(NotAllowed, match=r"empty message \(50006\)"):
        await ada.says()


async def test_polls(bot: Any, guild: ScriptedGuild, general: discord.TextChannel) -> None:
    ada = guild.member("ada")
    poll = discord.Poll("Tea?", duration=timedelta(hours=1))
    for answer in ("yes", "no"):
        poll.add_answer(text=answer)
    sent = await general.send(poll=poll)
    seen = await ada.hears(matching=lambda it: it.id == sent.id)
    await ada.votes(seen, "yes")
    await bot.until(lambda: bot.last("MESSAGE_POLL_VOTE_ADD").get("answer_id") == 1)
    assert str(seen) == "guildbase [bot]: poll: Tea? yes: 1 | no: 0"
    await ada.votes(seen, 2)
    assert str(seen) == "guildbase [bot]: poll: Tea? yes: 0 | no: 1"
    await ada.votes(seen)
    assert str(seen) == "guildbase [bot]: poll: Tea? yes: 0 | no: 0"
    with pytest.raises(NotAllowed, match="Unknown Poll Answer"):
        await ada.votes(seen, "maybe")
    with pytest.raises(NotAllowed, match="non-poll message"):
        await ada.votes(await ada.says("plain"), 1)


async def test_nickname_presence_and_boost(bot: Any, guild: ScriptedGuild, there: discord.Guild) -> None:
    ada = guild.member("ada_seen")
    await ada.takes_nickname("Countess")
    await bot.until(lambda: (known := there.get_member(ada.id)) and known.nick == "Countess")
    await ada.goes("idle", playing="Chess")
    known = there.get_member(ada.id)
    assert known is not None
    await bot.until(lambda: known.activity)
    assert (known.status, known.activity and known.activity.name) == (discord.Status.idle, "Chess")
    await ada.goes("offline")
    await bot.until(lambda: known.status == discord.Status.offline)
    await ada.boosts()
    await bot.until(lambda: known.premium_since)


async def test_leaving_and_coming_back(bot: Any, guild: ScriptedGuild, there: discord.Guild) -> None:
    ada = guild.member("ada")
    await bot.until(lambda: there.get_member(ada.id))
    await ada.leaves()
    await bot.until(lambda: there.get_member(ada.id) is None)
    with pytest.raises(NotAllowed, match="ada is not a member"):
        await ada.says("x")
    await ada.joins()
    await ada.joins()
    await bot.until(lambda: there.get_member(ada.id))


async def test_threads(bot: Any, guild: ScriptedGuild, there: discord.Guild, general: discord.TextChannel) -> None:
    ada, bob = guild.member("ada"), guild.member("bob")
    said = await ada.says("a long story")
    thread = await ada.starts_thread("Story", on=said)
    await bot.until(lambda: there.get_thread(thread.id))
    await bob.says("go on", channel=thread)
    await bob.joins_thread(thread)
    known = there.get_thread(thread.id)
    assert known is not None
    assert {it.id for it in await known.fetch_members()} >= {ada.id, bob.id}
    await known.send("listening")
    assert (await bob.hears(in_channel="Story")).text == "listening"
    await bob.leaves_thread(thread)
    assert bob.id not in {it.id for it in await known.fetch_members()}
    await known.edit(archived=True, locked=True)
    with pytest.raises(NotAllowed):
        await bob.says("but", channel=thread)
    private = await ada.starts_thread("Secret", in_channel="general", private=True)
    with pytest.raises(NotAllowed):
        await bob.says("found you", channel=private)


async def test_voice(bot: Any, guild: ScriptedGuild, there: discord.Guild) -> None:
    ada, bob, admin = guild.member("ada"), guild.member("bob"), guild.member("admin", roles=["Admin"])
    talk = await admin.creates_channel("talk", ChannelType.VOICE, user_limit=1)
    await ada.joins_voice(talk, muted=True)
    known: discord.Member = await bot.until(lambda: there.get_member(ada.id))
    await bot.until(lambda: known.voice)
    assert (known.voice.self_mute, known.voice.channel.name) == (True, "talk")  # type: ignore[union-attr]
    with pytest.raises(NotAllowed, match="#talk is full"):
        await bob.joins_voice("talk")
    await admin.joins_voice("talk")
    with pytest.raises(NotAllowed, match="#general is no voice channel"):
        await bob.joins_voice("general")
    await admin.mutes(ada)
    await admin.deafens(ada)
    await bot.until(lambda: known.voice and known.voice.mute and known.voice.deaf)
    with pytest.raises(NotAllowed, match="bob lacks MOVE_MEMBERS"):
        await bob.moves(ada, None)
    await admin.moves(ada, None)
    await bot.until(lambda: known.voice is None)
    await admin.leaves_voice()
    await admin.changes_channel(talk, permission_overwrites=[{"id": str(guild.id), "type": 0, "deny": str(1 << 20)}])
    with pytest.raises(NotAllowed, match="bob lacks CONNECT"):
        await bob.joins_voice(talk)


async def test_invitations(bot: Any, guild: ScriptedGuild, there: discord.Guild) -> None:
    ada, bob = guild.member("ada"), guild.member("bob_invited")
    await bob.leaves()
    code = await ada.invites(max_uses=1)
    await bot.until(lambda: bot.last("INVITE_CREATE").get("code") == code)
    await bob.joins(by=code)
    await bot.until(lambda: there.get_member(bob.id))
    await bob.leaves()
    with pytest.raises(NotAllowed, match="Unknown Invite"):
        await bob.joins(by=code)


async def test_pins(bot: Any, guild: ScriptedGuild, general: discord.TextChannel) -> None:
    ada, admin = guild.member("ada"), guild.member("admin", roles=["Admin"])
    said = await ada.says("keep this")
    with pytest.raises(NotAllowed, match="ada lacks PIN_MESSAGES"):
        await ada.pins(said)
    await admin.pins(said)
    assert [it.id async for it in general.pins()] == [said.id]
    await admin.unpins(said)
    assert [it async for it in general.pins()] == []


async def test_regression_the_rules_for_people_hold_however_they_write(sim: Simulator, guild: ScriptedGuild) -> None:
    ada, admin = guild.member("ada"), guild.member("boss", roles=["Admin"])
    rule = {"name": "cats", "event_type": 1, "trigger_type": 1, "enabled": True, "actions": [{"type": 1}]}
    timeout = {"type": 3, "metadata": {"duration_seconds": 60}}
    rule |= {"trigger_metadata": {"keyword_filter": ["cat"]}, "actions": [{"type": 1}, timeout]}
    await admin.does("POST", f"/guilds/{guild.id}/auto-moderation/rules", rule)
    with pytest.raises(NotAllowed, match="50035"):
        await ada.says("cat " * 1000)
    assert ada.timed_out_until is None, "what cannot be sent is nobody's offence"
    said = await ada.says("a dog")
    with pytest.raises(NotAllowed, match="blocked"):
        await ada.edits(said, "a cat")
    assert said.content == "a dog"
    assert guild.guild.members[ada.id].timed_out_until is not None
    general = guild.channel("general")
    await admin.changes_channel(general, rate_limit_per_user=30)
    bob = guild.member("bob")
    await bob.does("POST", f"/channels/{general.id}/messages", {"content": "one"})
    with pytest.raises(NotAllowed, match="slowmode in #general: bob has to wait"):
        await bob.does("POST", f"/channels/{general.id}/messages", {"content": "two"})
