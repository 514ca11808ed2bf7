"""What is timed in a ticket: set, stopped and rung exactly when it should be, also by two workers at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guildbase.core.clock import utcnow
from guildbase.core.errors import GuildbaseError
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets.controller import TicketController
from guildbase.features.tickets.controller.sla import SlaController
from guildbase.features.tickets.kinds import ALERT, TIMER, WARN_IDLE, TicketPriority, TicketState
from guildbase.services.container import BotServices
from guildbase.services.due_work import DueRun, DueWork, NoLongerDue
from guildbase.services.due_work.claims import Claims
from tests.features.tickets.desk import Desk


@pytest.fixture
async def desk(services: BotServices) -> Desk:
    return await Desk(services).begin(response_minutes=60, resolution_minutes=600, auto_close_hours=48)


async def _ring(desk: Desk, timed: str) -> DueRun:
    """Let the timer ring now, whenever it is due."""
    item = (await desk.timers())[timed]

    async def put_forward(work: UnitOfWork) -> None:
        due = desk.services.get(DueWork)
        await due.schedule(
            work,
            TIMER,
            item.payload,
            due_at=utcnow() - timedelta(minutes=1),
            guild_id=desk.guild_id,
            unique_key=item.unique_key,
        )

    database = desk.services.get(DatabaseManager)
    await database.run(put_forward)
    (claim,) = await Claims(database, "test").claim([TIMER], 1)
    run = DueRun(desk.services, claim)
    await desk.services.get(SlaController).ring(run)
    return run


async def test_a_new_ticket_has_its_times_by_category_and_priority(desk: Desk) -> None:
    ticket = await desk.ticket()
    timers = await desk.timers()
    assert set(timers) == {"response", "resolution"}
    assert timers["response"].due_at == ticket.created_at + timedelta(minutes=45)
    await desk.services.get(TicketController).set_priority(
        desk.staff, desk.guild_id, ticket.number, TicketPriority.URGENT
    )
    timers = await desk.timers()
    assert timers["response"].due_at == ticket.created_at + timedelta(minutes=60) * 0.25 * 0.75
    assert timers["resolution"].due_at == ticket.created_at + timedelta(minutes=600) * 0.25 * 0.75


async def test_the_staff_is_warned_when_an_answer_is_nearly_and_when_it_is_late(desk: Desk) -> None:
    ticket = await desk.ticket()
    assert (await _ring(desk, "response")).is_complete
    assert (await desk.timers())["response"].due_at == ticket.created_at + timedelta(minutes=60)
    assert (await _ring(desk, "response")).is_complete
    assert "response" not in await desk.timers()
    assert (await desk.log(ticket.number))[-2:] == ["sla_near", "sla_broken"]
    told = [(it["timed"], it["stage"]) for it in await desk.promised(ALERT)]
    assert told == [("response", "near"), ("response", "over")]


async def test_the_first_answer_of_the_staff_stops_the_clock_and_starts_the_other(desk: Desk) -> None:
    ticket = await desk.ticket()
    tickets = desk.services.get(TicketController)
    await tickets.wrote(desk.guild_id, ticket.number, desk.staff)
    assert set(await desk.timers()) == {"resolution", "idle"}
    assert (await desk.now(ticket.number)).first_response_at is not None
    await tickets.wrote(desk.guild_id, ticket.number, desk.opener)
    assert set(await desk.timers()) == {"resolution"}


async def test_a_silent_ticket_is_closed_after_a_warning(desk: Desk) -> None:
    ticket = await desk.ticket()
    await desk.services.get(TicketController).wrote(desk.guild_id, ticket.number, desk.staff)
    await _ring(desk, "idle")
    assert len(await desk.promised(WARN_IDLE)) == 1
    assert (await desk.now(ticket.number)).state is TicketState.WAITING_FOR_USER
    await _ring(desk, "idle")
    closed = await desk.now(ticket.number)
    assert (closed.state, closed.close_reason) == (TicketState.CLOSED, "No answer for 48 hours.")
    assert await desk.timers() == {}
    assert (await desk.log(ticket.number))[-2:] == ["idle_warned", "closed"]


async def test_a_timer_that_rings_too_late_does_nothing(desk: Desk) -> None:
    ticket = await desk.ticket()
    tickets = desk.services.get(TicketController)
    run = await _ring(desk, "resolution")
    # Another worker whose lease ran out has the same work, and what it does is not stored.
    with pytest.raises(NoLongerDue):
        await desk.services.get(SlaController).ring(DueRun(desk.services, run.claim))
    assert len(await desk.promised(ALERT)) == 1
    item = (await desk.timers())["resolution"]
    await tickets.close(desk.staff, desk.guild_id, ticket.number, "done")
    assert await desk.timers() == {}

    async def back(work: UnitOfWork) -> None:
        await desk.services.get(DueWork).schedule(
            work,
            TIMER,
            item.payload,
            due_at=utcnow(),
            guild_id=desk.guild_id,
            unique_key=item.unique_key,
        )

    await desk.services.get(DatabaseManager).run(back)
    await _ring(desk, "resolution")
    assert len(await desk.promised(ALERT)) == 1


async def test_what_is_reopened_has_its_times_anew(desk: Desk) -> None:
    ticket = await desk.ticket()
    tickets = desk.services.get(TicketController)
    await tickets.close(desk.staff, desk.guild_id, ticket.number)
    await tickets.reopen(desk.opener, desk.guild_id, ticket.number)
    reopened = await desk.now(ticket.number)
    assert reopened.reopened_at is not None
    assert (await desk.timers())["response"].due_at == reopened.reopened_at + timedelta(minutes=45)


async def test_a_category_without_promises_times_nothing(services: BotServices) -> None:
    desk = await Desk(services).begin()
    ticket = await desk.ticket()
    await services.get(TicketController).wrote(desk.guild_id, ticket.number, desk.staff)
    assert await desk.timers() == {}
    with pytest.raises(GuildbaseError):
        await services.get(TicketController).close(desk.stranger, desk.guild_id, ticket.number)
    await services.get(TicketController).close(SYSTEM, desk.guild_id, ticket.number)
