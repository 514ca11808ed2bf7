"""From the first message to the transcript and the rating, through a real bot."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM, Caller
from guildbase.features.tickets.controller import TicketController
from guildbase.features.tickets.effects import transcript
from guildbase.features.tickets.kinds import TicketState
from guildbase.features.tickets.models import Ticket
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import Person, ScriptedGuild, Simulator
from tests.factories import new_id
from tests.features.tickets.scripted import Help, attached, until_state
from tests.waiting import until


@pytest.fixture
async def desk(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> Help:
    desk = Help(guildbase_bot, guild)
    await desk.begin()
    return desk


@pytest.fixture
async def helper(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> Person:
    return guild.member("helper", roles=["Helpers"])


async def test_what_is_written_becomes_a_transcript_that_is_sent_and_rated(
    desk: Help, guild: ScriptedGuild, member: Person, helper: Person
) -> None:
    ticket = await desk.open(member)
    place = guild.find_channel(ticket.channel_name)
    await member.says("It is **broken**", channel=place)
    await until_state(desk, ticket.number, TicketState.OPEN)
    await helper.says("Which one?", channel=place)
    await until_state(desk, ticket.number, TicketState.WAITING_FOR_USER)
    assert (await desk.now(ticket.number)).first_response_at is not None
    said = await member.says("<script>alert(1)</script>", channel=place)
    await until_state(desk, ticket.number, TicketState.WAITING_FOR_STAFF)
    await member.deletes(said)
    await desk.close(ticket.number, "done")
    told = await member.receives_dm()
    assert "Ticket #1 is closed" in told.text
    logged = await guild.owner.hears(in_channel="mod-log")
    assert member.mention in logged.text
    page = attached(told)
    assert "<strong>broken</strong>" in page
    assert "Which one?" in page
    assert "<script>" not in page
    assert page.count("<article") == attached(logged).count("<article") >= 4
    form = (await told.click("4 ★")).modal
    assert form is not None
    thanks = await form.submit(comment="Quick!")
    assert "Thank you" in thanks.text
    rated = await desk.now(ticket.number)
    assert (rated.rating, rated.rating_comment) == (4, "Quick!")
    again = await told.click("1 ★")
    assert "You rated this ticket 4 of 5." in again.text


async def test_a_long_ticket_with_files_is_complete_through_bad_days_and_before_its_channel_goes(
    desk: Help, discord: Simulator, guild: ScriptedGuild, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transcript, "PAGE", 20)
    ticket = await desk.open(member)
    place = guild.find_channel(ticket.channel_name)
    with discord.faults.rest("GET /channels/{channel_id}/messages", status=500, times=1):
        await member.says("look", channel=place, files=[("a.png", b"png"), ("big.bin", b"x" * 600_000)])
        for number in range(45):
            await member.says(f"line {number}", channel=place, at_once=True)
        await desk.close(ticket.number)
    await desk.bot.services.get(TicketController).delete(SYSTEM, guild.id, ticket.number)
    await until(lambda: place.id not in discord.world.channels)
    reply = await guild.owner.slash("ticket transcript", number=ticket.number, form="json")
    await reply.edited(matching="Save it")
    document = orjson.loads(attached(reply.message))
    said = [message["content"] for message in document["messages"] if message["author_id"] == str(member.id)]
    assert said == ["look", *(f"line {number}" for number in range(45))]
    (files,) = [message["files"] for message in document["messages"] if "files" in message]
    assert [(file["name"], file["size"], file["content"] is not None) for file in files] == [
        ("a.png", 3, True),
        ("big.bin", 600_000, False),
    ]


async def test_a_channel_deleted_by_hand_closes_its_ticket_which_can_be_opened_again(
    desk: Help, guild: ScriptedGuild, member: Person
) -> None:
    ticket = await desk.open(member)
    place = guild.find_channel(ticket.channel_name)
    await member.says("hello", channel=place)
    await desk.kept(ticket.number, 1)
    await guild.owner.deletes_channel(place)
    await until_state(desk, ticket.number, TicketState.CLOSED)
    told = await member.receives_dm()
    assert "Its channel was deleted." in told.text
    assert "The channel was deleted by hand" in told.text
    assert "hello" in attached(told)
    caller = Caller(user_id=member.id, guild_id=guild.id, name=member.name)
    await desk.bot.services.get(TicketController).reopen(caller, guild.id, ticket.number)

    async def is_placed() -> bool:
        return (await desk.now(ticket.number)).channel_id not in (None, place.id)

    await until(is_placed)
    reopened = await desk.now(ticket.number)
    assert reopened.state is TicketState.OPEN
    assert reopened.channel_id is not None
    await member.says("again", channel=guild.find_channel(reopened.channel_name))


async def test_what_was_deleted_while_the_bot_was_away_is_found(
    desk: Help, guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    from guildbase.features.tickets.cog import TicketWatch

    ticket = await desk.open(member)
    tickets, number = guildbase_bot.services.get(TicketController), ticket.number
    watch = guildbase_bot.get_cog("TicketWatch")
    assert isinstance(watch, TicketWatch)
    here = guildbase_bot.get_guild(guild.id)
    assert here is not None
    assert await watch.check([here]) == 0
    # As if its channel had gone unheard: the row speaks of one that Discord does not know.
    gone = new_id()

    async def forget(work: Any) -> None:
        row = await Ticket.get_by_id(work.session, (guild.id, number))
        assert row is not None
        await row.update(work.session, channel_id=gone)

    await tickets.run(SYSTEM, forget)
    assert await watch.check([here]) == 1
    assert (await desk.now(number)).state is TicketState.CLOSED
    await desk.transcribed(number)


async def test_a_thread_deleted_by_hand_closes_its_ticket(
    guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    desk = Help(guildbase_bot, guild)
    parent = guild.find_channel("general")
    await desk.begin(kind="thread", parent_id=str(parent.id))
    ticket = await desk.open(member)
    assert ticket.channel_id is not None
    await guild.owner.does("DELETE", f"/channels/{ticket.channel_id}")
    await until_state(desk, ticket.number, TicketState.CLOSED)


async def test_the_opener_and_the_staff_get_a_transcript_and_nobody_else(
    desk: Help, guild: ScriptedGuild, member: Person, helper: Person
) -> None:
    ticket = await desk.open(member)
    place = guild.find_channel(ticket.channel_name)
    await member.says("hello", channel=place)
    for person in (member, helper):
        reply = await person.slash("ticket transcript", number=ticket.number)
        await reply.edited(matching="Save it")
        assert reply.ephemeral
        assert "hello" in attached(reply.message)
    stranger = guild.member("stranger")
    refused = await stranger.slash("ticket transcript", number=ticket.number)
    assert "There is no ticket #1 for you here" in refused.text
    assert refused.message is None or refused.message.attachments == []


async def test_a_channel_that_may_not_be_read_has_what_is_known_and_names_files_that_are_gone(
    desk: Help, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    ticket = await desk.open(member)
    said = await member.says("hello", channel=guild.find_channel(ticket.channel_name), files=[("a.png", b"png")])
    await desk.kept(ticket.number, 1)
    discord.world.attachments.pop(said.attachments[0].id)
    with discord.faults.rest("GET /channels/{channel_id}/messages", status=403, times=5):
        await desk.close(ticket.number)
    page = attached(await member.receives_dm())
    assert "hello" in page
    assert "a.png (3 B)" in page
    assert "data:image/png" not in page
    assert "could not be read" in (await desk.now(ticket.number)).transcript_note


async def test_who_takes_no_direct_messages_or_wants_none_has_a_transcript_all_the_same(
    desk: Help, guildbase_bot: GuildbaseBot, guild: ScriptedGuild, member: Person
) -> None:
    shy = guild.member("shy")
    shy.closes_dms()
    refused = await desk.open(shy)
    await desk.close(refused.number)
    assert f"<@{shy.id}>" in (await guild.owner.hears(in_channel="mod-log")).text
    changes = {"log_channel": None, "transcript_to_opener": False, "ask_for_rating": False}
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "tickets", changes)
    quiet = await desk.open(member)
    await desk.close(quiet.number, "done")
    told = await member.receives_dm()
    assert "Ticket #2 is closed" in told.text
    assert (told.attachments, told.components) == ([], [])
