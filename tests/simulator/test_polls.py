from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest

from guildbase.simulator import ScriptedGuild, Simulator
from guildbase.simulator.errors import DiscordError
from guildbase.simulator.world import interactions, polls
from guildbase.simulator.world.entities import InteractionType, Message


def _poll(**options: Any) -> discord.Poll:
    poll = discord.Poll("Which?", timedelta(hours=1), **options)
    return poll.add_answer(text="Red", emoji="🔴").add_answer(text="Blue")


def _kept(sim: Simulator, message: discord.Message) -> Message:
    return sim.world.message(message.channel.id, message.id)


def _of(bot: Any, event: str, message: discord.Message) -> list[dict[str, Any]]:
    """Return the events about that message: all tests of this folder share the bot."""
    return [it for it in bot.events(event) if it["message_id"] == str(message.id)]


def _results_of(message: discord.Message, one: dict[str, Any]) -> bool:
    return bool(one["type"] == 46 and one["message_reference"]["message_id"] == str(message.id))


async def test_voting_is_heard_and_counted(
    sim: Simulator, bot: Any, guild: ScriptedGuild, general: discord.TextChannel
) -> None:
    sent = await general.send(poll=_poll(multiple=True))
    assert sent.poll is not None
    assert [it.text for it in sent.poll.answers] == ["Red", "Blue"]
    assert str(sent.poll.answers[0].emoji) == "🔴"
    ada, bob = guild.member("ada"), guild.member("bob")
    kept = _kept(sim, sent)
    polls.vote(sim.world, kept, ada.user, [1, 2])
    polls.vote(sim.world, kept, bob.user, [2])
    polls.vote(sim.world, kept, ada.user, [2])
    removed = await bot.until(lambda: _of(bot, "MESSAGE_POLL_VOTE_REMOVE", sent))
    assert (removed[0]["user_id"], removed[0]["answer_id"]) == (str(ada.id), 1)
    added = _of(bot, "MESSAGE_POLL_VOTE_ADD", sent)
    assert [(it["user_id"], it["answer_id"]) for it in added] == [(str(ada.id), 1), (str(ada.id), 2), (str(bob.id), 2)]
    read = await general.fetch_message(sent.id)
    assert read.poll is not None
    assert [it.vote_count for it in read.poll.answers] == [0, 2]
    first, second = sorted((ada.id, bob.id))
    assert {it.id async for it in read.poll.answers[1].voters()} == {first, second}
    assert [it.id async for it in read.poll.answers[1].voters(after=discord.Object(first))] == [second]


async def test_a_poll_ended_early_tells_who_has_won(
    sim: Simulator, bot: Any, guild: ScriptedGuild, general: discord.TextChannel
) -> None:
    sent = await general.send(poll=_poll())
    assert sent.poll is not None
    polls.vote(sim.world, _kept(sim, sent), guild.member("ada").user, [1])
    ended = await sent.poll.end()
    assert ended.is_finalised()
    result = await bot.until(lambda: next((it for it in bot.events("MESSAGE_CREATE") if _results_of(sent, it)), None))
    fields = {it["name"]: it["value"] for it in result["embeds"][0]["fields"]}
    assert (fields["victor_answer_text"], fields["total_votes"]) == ("Red", "1")
    with pytest.raises(discord.HTTPException, match="520001"):
        await sent.poll.end()
    with pytest.raises(DiscordError, match="expired"):
        polls.vote(sim.world, _kept(sim, sent), guild.member("bob").user, [1])


async def test_a_poll_ends_when_its_time_has_come(run: Any) -> None:
    async with Simulator() as sim, run.calling(sim) as api:
        guild = sim.guild("Alone")
        where = f"/channels/{guild.channel('general').id}/messages"
        answers = [{"poll_media": {"text": "A"}}]
        body = {"poll": {"question": {"text": "?"}, "answers": answers, "duration": 2}}
        _, sent, _ = await api("POST", where, body)
        sim.advance(timedelta(hours=1, minutes=59))
        assert (await api("GET", f"{where}/{sent['id']}"))[1]["poll"]["results"]["is_finalized"] is False
        sim.advance(timedelta(minutes=1))
        assert (await api("GET", f"{where}/{sent['id']}"))[1]["poll"]["results"]["is_finalized"] is True
        assert len(guild.messages()) == 2


async def test_what_a_poll_cannot_be(sim: Simulator, guild: ScriptedGuild, api: Any) -> None:
    where = f"/channels/{guild.channel('general').id}/messages"
    answer = {"poll_media": {"text": "A"}}
    good = {"question": {"text": "?"}, "answers": [answer]}
    wrong: list[tuple[dict[str, Any], list[str]]] = [
        ({"question": {"text": ""}}, ["question", "text"]),
        ({"question": {"text": "x" * 301}}, ["question", "text"]),
        ({"answers": []}, ["answers"]),
        ({"answers": [answer] * 11}, ["answers"]),
        ({"answers": [{"poll_media": {"text": "x" * 56}}]}, ["answers", "0", "poll_media", "text"]),
        ({"answers": [{"poll_media": {}}]}, ["answers", "0", "poll_media", "text"]),
        ({"duration": 769}, ["duration"]),
        ({"duration": 0}, ["duration"]),
    ]
    for changes, path in wrong:
        status, body, _ = await api("POST", where, {"poll": good | changes})
        node = body["errors"]["poll"]
        for step in path:
            node = node[step]
        assert (status, "_errors" in node) == (400, True)
    _, sent, _ = await api("POST", where, {"poll": good})
    kept = sim.world.message(int(sent["channel_id"]), int(sent["id"]))
    ada = guild.member("ada").user
    with pytest.raises(DiscordError, match="Unknown"):
        polls.vote(sim.world, kept, ada, [2])
    _, plain, _ = await api("POST", where, {"content": "x"})
    base = where.replace("/messages", "/polls")
    assert (await api("POST", f"{base}/{plain['id']}/expire"))[1]["code"] == 520006
    assert (await api("PATCH", f"{where}/{sent['id']}", {"content": "x"}))[1]["code"] == 520003
    assert (await api("GET", f"{base}/{sent['id']}/answers/9"))[1]["code"] == 10100


async def test_regression_a_poll_for_one_person_ends_without_a_public_word(
    sim: Simulator, guild: ScriptedGuild, api: Any
) -> None:
    ada, general = guild.member("ada").user, guild.channel("general")
    asked = interactions.start(sim.world, InteractionType.COMMAND, ada, general, {"name": "ask"}, name="ask")
    answers = [{"poll_media": {"text": "Red"}}]
    data = {"poll": {"question": {"text": "Which?"}, "answers": answers}, "flags": 64}
    path = f"/interactions/{asked.id}/{asked.token}/callback"
    assert (await api("POST", path, {"type": 4, "data": data}))[0] == 204
    assert asked.original_id is not None
    polls.finish(sim.world, sim.world.message(general.id, asked.original_id))
    assert (await api("GET", f"/channels/{general.id}/messages"))[1] == []
