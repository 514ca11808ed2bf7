"""What goes wrong on Discord's side or comes at the wrong moment: nothing is lost, left over or taken for another's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from guildbase.bot.client import GuildbaseBot
from guildbase.core.ports import SYSTEM, Caller
from guildbase.features.tickets.controller import (
    CategoryController,
    NewTicket,
    OpeningController,
    PanelController,
    TicketController,
)
from guildbase.features.tickets.controller.panels import PostedPanel
from guildbase.features.tickets.kinds import TicketState
from guildbase.features.tickets.models import Ticket
from guildbase.services.outbox import EffectState, Outbox, claiming
from guildbase.simulator import Person, ScriptedGuild, Simulator
from tests.features.tickets.scripted import Help, until_state
from tests.waiting import until


@pytest.fixture
async def desk(guildbase_bot: GuildbaseBot, guild: ScriptedGuild) -> Help:
    desk = Help(guildbase_bot, guild)
    await desk.begin(open_limit=20)
    return desk


def _rooms(discord: Simulator, guild: ScriptedGuild) -> set[int]:
    return {it.id for it in discord.world.channels.values() if it.guild_id == guild.id}


async def _opened(desk: Help, person: Person, new: NewTicket) -> Ticket:
    caller = Caller(user_id=person.id, guild_id=desk.guild.id, name=person.name)
    opened = await desk.bot.services.get(OpeningController).open(caller, desk.guild.id, new)
    assert opened.effect_id is not None
    assert await desk.bot.services.get(Outbox).outcome(opened.effect_id, timeout=10) is EffectState.DONE
    return await desk.now(opened.ticket.number)


async def test_an_opening_leaves_nothing_over_and_takes_nothing_away(
    desk: Help, discord: Simulator, guild: ScriptedGuild, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Five answers as long as the form takes are more than Discord shows in one embed.
    labels = [f"Question {number}" for number in range(5)]
    questions = [{"label": label, "is_long": True} for label in labels]
    categories = desk.bot.services.get(CategoryController)
    form = await categories.create(SYSTEM, guild.id, {"name": "Form", "questions": questions})
    answers = dict.fromkeys(labels, "*" * 1000)
    told = await _opened(desk, member, NewTicket(form.number, "s" * 200, answers))
    assert (told.state, told.failure) == (TicketState.OPEN, "")
    # Discord takes the channel and not its greeting.
    before = _rooms(discord, guild)
    with discord.faults.rest("POST /channels/*/messages", status=403, code=50013, times=1):
        failed = await _opened(desk, member, NewTicket(1, "a"))
    assert (failed.state, _rooms(discord, guild)) == (TicketState.FAILED, before)
    # Another attempt, whose lease this one has lost, goes on with the same channel and is faster.
    placed = OpeningController.placed

    async def overtaken(self: OpeningController, *place: int) -> Ticket:
        await placed(self, *place)
        return await placed(self, *place)

    monkeypatch.setattr(OpeningController, "placed", overtaken)
    kept = await _opened(desk, member, NewTicket(1, "b"))
    assert kept.state is TicketState.OPEN
    assert kept.channel_id in _rooms(discord, guild)


async def test_a_channel_that_may_not_be_seen_is_not_taken_for_gone(
    desk: Help, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    tickets, ticket = desk.bot.services.get(TicketController), await desk.open(member)
    await desk.close(ticket.number)

    async def is_noted() -> bool:
        return bool((await desk.now(ticket.number)).failure)

    async def is_told() -> bool:
        return "tries it again" in (await desk.now(ticket.number)).failure

    with discord.faults.rest("GET /channels/{channel_id}", status=403, code=50001):
        await tickets.delete(SYSTEM, guild.id, ticket.number)
        await until(is_noted)
    now = await desk.now(ticket.number)
    assert "lack permissions" in now.failure
    assert now.channel_id in _rooms(discord, guild)
    with discord.faults.rest("DELETE /channels/{channel_id}", status=400, code=50035, times=1):
        await tickets.delete(SYSTEM, guild.id, ticket.number)
        await until(is_told)
    await tickets.delete(SYSTEM, guild.id, ticket.number)
    await until(lambda: ticket.channel_id not in _rooms(discord, guild))


async def test_a_thread_is_shut_without_its_opener_and_found_gone_when_it_is_opened_again(
    desk: Help, discord: Simulator, guild: ScriptedGuild, member: Person
) -> None:
    parent = guild.channel("desk")
    values = {"name": "Threads", "kind": "thread", "parent_id": str(parent.id)}
    category = await desk.bot.services.get(CategoryController).create(SYSTEM, guild.id, values)
    ticket = await _opened(desk, member, NewTicket(category.number))
    thread = discord.world.channels[ticket.channel_id or 0].thread
    assert thread is not None
    await member.leaves()
    await desk.close(ticket.number)
    await until(lambda: thread.archived)
    assert (await desk.now(ticket.number)).failure == ""
    # It was deleted while the bot was away; closed threads are not looked for at a start.
    tickets = desk.bot.services.get(TicketController)
    with discord.faults.rest("GET /channels/{channel_id}", status=404, code=10003):
        await tickets.reopen(SYSTEM, guild.id, ticket.number)
        await until_state(desk, ticket.number, TicketState.CLOSED)
    reopened = await tickets.reopen(SYSTEM, guild.id, ticket.number)
    assert reopened.state is TicketState.OPENING
    await until_state(desk, ticket.number, TicketState.OPEN)


async def test_a_panel_says_what_discord_does_not_take_and_leaves_no_message_behind(
    desk: Help, discord: Simulator, guild: ScriptedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    panels, channel = desk.bot.services.get(PanelController), guild.channel("desk")

    async def made(title: str) -> PostedPanel:
        values: dict[str, Any] = {"channel_id": str(channel.id), "title": title, "categories": ["Support"]}
        posted = await panels.create(SYSTEM, guild.id, values)
        assert posted.effect_id is not None
        await desk.bot.services.get(Outbox).outcome(posted.effect_id, timeout=10)
        return posted

    with discord.faults.rest("POST /channels/*/messages", status=400, code=50035, times=1):
        refused = await made("First")
    assert "refused" in (await panels.get(guild.id, refused.panel.number)).panel.failure
    posted = panels.posted

    async def deleted_meanwhile(guild_id: int, number: int, channel_id: int, message_id: int) -> bool:
        await panels.delete(SYSTEM, guild_id, number)
        return await posted(guild_id, number, channel_id, message_id)

    monkeypatch.setattr(panels, "posted", deleted_meanwhile)
    await made("Second")
    await until(lambda: not guild.messages("desk"))


async def test_what_discord_does_not_answer_for_a_day_is_given_up_and_said(
    desk: Help, discord: Simulator, guild: ScriptedGuild, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "GIVE_UP_AFTER", timedelta(0))
    services, caller = desk.bot.services, Caller(user_id=member.id, guild_id=guild.id, name="member")
    values = {"channel_id": str(guild.channel("desk").id), "title": "First", "categories": ["Support"]}
    with (
        discord.faults.rest("POST /guilds/*/channels", status=503),
        discord.faults.rest("POST /channels/*/messages", status=503),
    ):
        opened = await services.get(OpeningController).open(caller, guild.id, NewTicket(1))
        posted = await services.get(PanelController).create(SYSTEM, guild.id, values)
        await until_state(desk, opened.ticket.number, TicketState.FAILED)
        assert posted.effect_id is not None
        assert await services.get(Outbox).outcome(posted.effect_id, timeout=10) is EffectState.FAILED
    assert "did not answer" in (await desk.now(opened.ticket.number)).failure
    assert "did not answer" in (await services.get(PanelController).get(guild.id, 1)).panel.failure
