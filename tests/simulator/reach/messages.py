from __future__ import annotations

import io
from datetime import timedelta

import discord

from tests.simulator.reach.journey import Journey, collected, scenario


@scenario
async def messages(it: Journey) -> None:
    file = discord.File(io.BytesIO(b"text"), "a.txt")
    sent, _ = await it.hears("message", it.channel.send("hello", embed=discord.Embed(title="T"), file=file))
    _, typing = await it.hears("typing", it.channel.typing())
    assert typing[0] == it.channel
    assert (await it.channel.fetch_message(sent.id)).attachments[0].filename == "a.txt"
    reply = await sent.reply("reply")
    assert [one.id for one in await collected(it.channel.history())] == [reply.id, sent.id]
    _, (_, after) = await it.hears("message_edit", reply.edit(content="other"))
    assert after.content == "other"
    _, gone = await it.hears("message_delete", reply.delete())
    assert gone == reply
    more = [await it.channel.send(str(number)) for number in range(3)]
    _, gone = await it.hears("bulk_message_delete", it.channel.delete_messages(more))
    assert set(gone) == set(more)


@scenario
async def pins(it: Journey) -> None:
    sent = await it.channel.send("pin me")
    await it.told("CHANNEL_PINS_UPDATE", sent.pin())
    assert [one.id for one in await collected(it.channel.pins())] == [sent.id]
    await it.told("CHANNEL_PINS_UPDATE", sent.unpin())


@scenario
async def reactions(it: Journey) -> None:
    sent = await it.channel.send("react")
    _, (reaction, _) = await it.hears("reaction_add", sent.add_reaction("⭐"))
    assert [one.id for one in await collected(reaction.users())] == [it.bot.user.id]
    await it.hears("reaction_remove", sent.remove_reaction("⭐", it.bot.user))
    await it.person.reacts(it.home.messages()[-1], "⭐")
    await it.hears("reaction_remove", sent.remove_reaction("⭐", it.member))
    await sent.add_reaction("⭐")
    await it.hears("raw_reaction_clear_emoji", sent.clear_reaction("⭐"))
    await sent.add_reaction("⭐")
    await it.hears("raw_reaction_clear", sent.clear_reactions())


@scenario
async def direct_messages(it: Journey) -> None:
    channel = await it.member.create_dm()
    await it.hears("message", channel.send("psst"))
    assert await it.bot.fetch_user(it.person.id) == it.member


@scenario
async def polls(it: Journey) -> None:
    poll = discord.Poll("Which?", timedelta(hours=1))
    poll.add_answer(text="A").add_answer(text="B")
    sent = await it.channel.send(poll=poll)
    answer = sent.poll.answers[0]  # type: ignore[union-attr]
    seen = it.home.messages()[-1]
    await it.told("MESSAGE_POLL_VOTE_ADD", it.person.votes(seen, "A"))
    assert [one.id for one in await collected(answer.voters())] == [it.person.id]
    await it.told("MESSAGE_POLL_VOTE_REMOVE", it.person.votes(seen))
    assert (await sent.end_poll()).poll is not None
