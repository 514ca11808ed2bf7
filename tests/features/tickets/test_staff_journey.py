"""What the staff does besides answering: kept answers, block-list, figures, and being warned of what is late."""

from __future__ import annotations

import httpx
import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM
from guildbase.features.tickets.controller.transcripts import TranscriptController
from guildbase.features.tickets.kinds import TicketState
from guildbase.features.tickets.models import Ticket
from guildbase.platform.configuration.controller import ConfigurationController
from guildbase.simulator import Person, ScriptedGuild
from guildbase.testing.clock import MovableClock
from tests.features.tickets.scripted import Help, attached, until_state
from tests.waiting import until


@pytest.fixture
async def desk(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> Help:
    desk = Help(guildbase_bot, guild)
    await desk.begin(response_minutes=60, auto_close_hours=1)
    return desk


@pytest.fixture
async def helper(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> Person:
    return guild.member("helper", roles=["Helpers"])


async def test_kept_answers_are_used_in_tickets(
    desk: Help, guild: ScriptedGuild, member: Person, helper: Person
) -> None:
    owner = guild.owner
    assert "No answers are kept yet" in (await owner.slash("reply list")).text
    added = await owner.slash("reply add", name="hello", content="Hi {user}, this is {staff}. @everyone")
    assert "/reply use hello" in added.text
    ticket = await desk.open(member)
    place = guild.find_channel(ticket.channel_name)
    assert [it.value for it in await helper.completes("reply use", name="he")] == ["hello"]
    assert await member.completes("reply use", name="he") == []
    await helper.says("one moment", channel=place)
    used = await helper.slash("reply use", name="hello")
    assert not used.ephemeral
    assert used.text == f"Hi {member.mention}, this is {helper.name}. @everyone"
    assert used.message is not None
    await until_state(desk, ticket.number, TicketState.WAITING_FOR_USER)
    assert "This is for others" in (await member.slash("reply use", name="hello", in_channel=place)).text
    assert "Changed" in (await owner.slash("reply edit", name="hello", content="Hello")).text
    assert "Hello" in (await owner.slash("reply list")).text
    assert "Deleted" in (await owner.slash("reply delete", name="hello")).text
    assert "There is no answer called hello" in (await helper.slash("reply use", name="hello")).text


async def test_the_staff_blocks_sees_figures_and_has_tickets_assigned(
    desk: Help, guildbase_api: httpx.AsyncClient, guild: ScriptedGuild, member: Person, helper: Person
) -> None:
    assert "Nobody is blocked" in (await helper.slash("ticket blocked")).text
    blocked = await helper.slash("ticket block", user=member, duration="2 days", reason="rude")
    assert f"{member.mention} may open no tickets here" in blocked.text
    assert "rude" in (await helper.slash("ticket blocked")).text
    assert "is no time" in (await helper.slash("ticket block", user=member, duration="soonish")).text
    assert "may open tickets again" in (await helper.slash("ticket unblock", user=member)).text
    assert "They are not blocked" in (await helper.slash("ticket unblock", user=member)).text
    assert "This is for the staff of tickets" in (await member.slash("ticket blocked")).text
    ticket = await desk.open(member)
    figures = await helper.slash("ticket stats", days=7)
    assert figures.ephemeral
    assert "Tickets of the last 7 days" in figures.text
    table = await helper.slash("ticket stats", days=7, csv=True)
    assert '"category","Support","1","0"' in attached(table.message)
    assert "This is for the staff of tickets" in (await member.slash("ticket stats")).text
    # A program assigns it to who the bot sees as staff.
    path = f"/guilds/{guild.id}/tickets/{ticket.number}/assign"
    given = (await guildbase_api.post(path, json={"user_id": str(helper.id)})).json()
    assert (given["assignee_id"], given["assignee_name"], given["state"]) == (str(helper.id), "helper", "claimed")
    for user_id, status in ((member.id, 422), (1128754567890123457, 404)):
        assert (await guildbase_api.post(path, json={"user_id": str(user_id)})).status_code == status
    await _changes_show_in_the_copy(desk, guild, ticket, member)


@pytest.mark.usefixtures("guildbase_due_work")
async def test_the_staff_is_warned_of_what_is_late_and_silence_closes(
    desk: Help, guildbase_bot: GuildbaseBot, guild: ScriptedGuild, clock: MovableClock, member: Person, helper: Person
) -> None:
    changes = {"alert_channel": str(guild.find_channel("mod-log").id)}
    await guildbase_bot.services.get(ConfigurationController).change(SYSTEM, guild.id, "tickets", changes)
    ticket = await desk.open(member)
    place = guild.find_channel(ticket.channel_name)
    clock.advance(minutes=46)
    near = await guild.owner.hears(in_channel="mod-log")
    assert f"Ticket #1 (<#{place.id}>) will soon be late with its first answer." in near.text
    assert f"<@&{guild.role('Helpers').id}>" in near.text
    clock.advance(minutes=15)
    assert "is late with its first answer" in (await guild.owner.hears(in_channel="mod-log")).text
    await helper.says("Which one?", channel=place)
    await until_state(desk, ticket.number, TicketState.WAITING_FOR_USER)
    clock.advance(minutes=46)
    warned = await member.hears(in_channel=place, matching="unless you answer")
    assert member.mention in warned.text
    clock.advance(minutes=15)
    await until_state(desk, ticket.number, TicketState.CLOSED)
    assert (await desk.now(ticket.number)).close_reason == "No answer for 1 hour."


async def _changes_show_in_the_copy(desk: Help, guild: ScriptedGuild, ticket: Ticket, member: Person) -> None:
    """Messages are edited, and many deleted at once."""
    place = guild.find_channel(ticket.channel_name)
    first, second = [await member.says(text, channel=place) for text in ("one", "two")]
    await member.edits(first, "uno")
    keeper = desk.bot.services.get(TranscriptController)

    async def shown() -> list[tuple[str, bool]]:
        found = await keeper.conversation(SYSTEM, guild.id, ticket.number)
        return [(it.content, it.deleted_at is not None) for it in found.messages]

    async def are_kept() -> bool:
        return await shown() == [("uno", False), ("two", False)]

    async def are_gone() -> bool:
        return await shown() == [("uno", True), ("two", True)]

    await until(are_kept)
    body = {"messages": [str(first.id), str(second.id)]}
    await guild.owner.does("POST", f"/channels/{place.id}/messages/bulk-delete", body)
    await until(are_gone)
