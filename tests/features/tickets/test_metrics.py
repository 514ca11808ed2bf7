"""Figures of tickets, counted by either database alike, and how they look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from guildbase.core.clock import utcnow
from guildbase.core.errors import InvalidInput, PermissionDenied
from guildbase.core.ports import SYSTEM
from guildbase.database.manager import DatabaseManager
from guildbase.database.unit_of_work import UnitOfWork
from guildbase.features.tickets.controller.metrics import Metrics, MetricsController, Times, _totals
from guildbase.features.tickets.kinds import TicketKind, TicketState
from guildbase.features.tickets.models import Ticket
from guildbase.features.tickets.views.stats import bars, csv_file, duration, stats_embed
from guildbase.services.container import BotServices
from tests.factories import new_id
from tests.features.tickets.desk import Desk


@pytest.fixture
async def desk(services: BotServices) -> Desk:
    return await Desk(services).begin()


async def _tickets(desk: Desk, *minutes: int) -> None:
    """Have tickets that were answered after so many minutes, closed after twice as many, each a day older."""
    now = utcnow().replace(hour=0, minute=0, second=0, microsecond=0)

    async def write(work: UnitOfWork) -> None:
        for number, it in enumerate(minutes, 1):
            begun = now - timedelta(days=number - 1)
            ticket = Ticket(
                guild_id=desk.guild_id,
                number=number,
                category=desk.category,
                opener_id=new_id(),
                kind=TicketKind.CHANNEL,
                state=TicketState.CLOSED,
                assignee_id=desk.staff.user_id,
                assignee_name="=Sam",
                rating=min(it, 5),
                first_response_at=begun + timedelta(minutes=it),
                closed_at=begun + timedelta(minutes=2 * it),
            )
            work.session.add(ticket)
            ticket.created_at = begun
        await work.session.flush()

    await desk.services.get(DatabaseManager).run(write)


async def _metrics(desk: Desk, days: int = 30) -> Metrics:
    return await desk.services.get(MetricsController).metrics(SYSTEM, desk.guild_id, days=days)


async def test_figures_are_those_of_the_rows(desk: Desk) -> None:
    await _tickets(desk, *range(1, 11))
    open_one = Desk(desk.services, desk.guild_id, desk.role_id, desk.category)
    assert await desk.services.get(DatabaseManager).run(_count) == 10
    found = await _metrics(desk)
    assert (found.opened, found.closed, found.open_now, found.rated) == (10, 10, 0, 10)
    assert found.rating == 4.0
    assert (found.response.median, found.response.p90) == (300, 540)
    assert (found.resolution.median, found.resolution.p90) == (600, 1080)
    (category,), (staff,) = found.categories, found.staff
    assert (category.name, category.opened, category.resolution) == ("Support", 10, 660)
    assert (staff.name, staff.closed) == ("=Sam", 10)
    assert [(day.opened, day.closed) for day in found.by_day[-11:]] == [(0, 0)] + [(1, 1)] * 10
    assert (await _metrics(open_one, days=3)).opened == 3


async def _count(work: UnitOfWork) -> int:
    return await Ticket.count(work.session)


async def test_a_server_without_tickets_has_empty_figures(desk: Desk) -> None:
    found = await _metrics(desk, days=1)
    assert found.response == Times(0, None, None)
    assert len(found.by_day) == 1
    assert "—" in str(stats_embed(found).to_dict())


async def test_only_the_staff_sees_figures_and_only_of_a_year(desk: Desk) -> None:
    controller = desk.services.get(MetricsController)
    for caller in (desk.staff, desk.admin):
        assert (await controller.metrics(caller, desk.guild_id)).opened == 0
    with pytest.raises(PermissionDenied):
        await controller.metrics(desk.opener, desk.guild_id)
    with pytest.raises(InvalidInput):
        await controller.metrics(SYSTEM, desk.guild_id, days=366)


async def test_figures_are_shown_as_bars_and_as_a_table(desk: Desk) -> None:
    await _tickets(desk, 1, 2)
    found = await _metrics(desk, days=5)
    shown = str(stats_embed(found).to_dict())
    assert "   ██" in shown
    table = csv_file(found).fp.read().decode()
    assert '"category","Support","2","2","2","1.5","180.0"' in table
    assert '"staff","\'=Sam","2"' in table


def test_many_days_share_bars_and_times_read_well() -> None:
    assert len(bars([1] * 365)) == 29
    assert bars([]) == ""
    assert [duration(it) for it in (None, 59, 3_600, 90_000)] == ["—", "1 min", "1 h 0 min", "1 d 1 h"]


async def test_figures_are_served_by_an_index(services: BotServices) -> None:
    database = services.get(DatabaseManager)
    dialect = database.engine.dialect
    statement = _totals(new_id(), utcnow()).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    async with database.read_session() as session:
        if not database.is_sqlite:
            await session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        plan = [str(row) for row in await session.execute(text(f"{explain} {statement}"))]
    assert "ix_ticket_created" in "".join(plan)
