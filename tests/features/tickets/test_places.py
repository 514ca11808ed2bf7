"""Which channels are tickets, as the hot path knows it, and tickets whose channel is gone."""

from __future__ import annotations

import asyncio

import pytest

from guildbase.core.ports import SYSTEM
from guildbase.features.tickets.controller import TicketController
from guildbase.features.tickets.controller.places import PLACES_CHANGED, PlaceController, PlacesChanged
from guildbase.features.tickets.controller.recovery import RecoveryController
from guildbase.features.tickets.kinds import TicketState
from guildbase.services.container import BotServices
from guildbase.services.pubsub import PubSub
from tests.factories import new_id
from tests.features.tickets.desk import Desk


@pytest.fixture
async def desk(services: BotServices) -> Desk:
    return await Desk(services).begin()


async def test_channels_are_known_without_waiting_until_they_change(desk: Desk) -> None:
    places, first = desk.services.get(PlaceController), await desk.ticket()
    assert places.peek(desk.guild_id) is None
    assert await places.load(desk.guild_id) == {first.channel_id: first.number}
    assert places.peek(desk.guild_id) is await places.load(desk.guild_id)
    second = await desk.ticket()
    assert places.peek(desk.guild_id) is None
    assert set((await places.load(desk.guild_id)).values()) == {first.number, second.number}


async def test_what_changes_while_it_is_read_is_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    places, ticket = desk.services.get(PlaceController), await desk.ticket()
    reading = places.reading

    def overtaken(**options: bool) -> object:
        desk.services.get(PubSub).publish(PLACES_CHANGED, PlacesChanged(desk.guild_id))
        return reading(**options)

    monkeypatch.setattr(places, "reading", overtaken)
    assert await places.load(desk.guild_id) == {ticket.channel_id: ticket.number}
    assert places.peek(desk.guild_id) is None
    monkeypatch.undo()
    await places.load(desk.guild_id)
    places.forget_all()  # As at a gap in the messages of other processes.
    assert places.peek(desk.guild_id) is None


async def test_a_server_is_read_once_however_many_messages_come_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    places, ticket = desk.services.get(PlaceController), await desk.ticket()
    reading, reads = places.reading, 0

    def counted(**options: bool) -> object:
        nonlocal reads
        reads += 1
        return reading(**options)

    monkeypatch.setattr(places, "reading", counted)
    found = await asyncio.gather(*(places.load(desk.guild_id) for _ in range(50)))
    assert found == [{ticket.channel_id: ticket.number}] * 50
    assert reads == 1


async def test_closed_threads_are_not_watched_since_there_may_be_thousands(services: BotServices) -> None:
    desk = await Desk(services).begin(kind="thread", parent_id=str(new_id()))
    recovery, tickets = services.get(RecoveryController), services.get(TicketController)
    closed, live = await desk.ticket(), await desk.ticket()
    await tickets.close(SYSTEM, desk.guild_id, closed.number)
    places = services.get(PlaceController)
    assert await recovery.places([desk.guild_id]) == {desk.guild_id: {live.channel_id: live.number}}
    assert await places.load(desk.guild_id) == {live.channel_id: live.number}
    await tickets.reopen(SYSTEM, desk.guild_id, closed.number)
    assert closed.channel_id in await places.load(desk.guild_id)


async def test_what_was_said_at_the_close_stays_when_the_channel_goes(desk: Desk) -> None:
    recovery, tickets, ticket = (
        desk.services.get(RecoveryController),
        desk.services.get(TicketController),
        await desk.ticket(),
    )
    await tickets.close(desk.staff, desk.guild_id, ticket.number, "Refunded")
    closed_at = (await desk.now(ticket.number)).closed_at
    await recovery.lost(desk.guild_id, ticket.channel_id or 0)
    now = await desk.now(ticket.number)
    assert (now.close_reason, now.closed_at, now.channel_id) == ("Refunded", closed_at, None)


async def test_a_lost_channel_closes_its_ticket_unless_it_was_deleted_on_purpose(desk: Desk) -> None:
    recovery, tickets = desk.services.get(RecoveryController), desk.services.get(TicketController)
    lost, wanted = await desk.ticket(), await desk.ticket()
    assert await recovery.places([desk.guild_id]) == {
        desk.guild_id: {lost.channel_id: lost.number, wanted.channel_id: wanted.number}
    }
    assert await recovery.lost(desk.guild_id, new_id()) is None
    assert await recovery.lost(desk.guild_id, lost.channel_id or 0) == lost.number
    assert (await desk.now(lost.number)).state is TicketState.CLOSED
    await tickets.close(SYSTEM, desk.guild_id, wanted.number)
    await tickets.delete(SYSTEM, desk.guild_id, wanted.number)
    assert await recovery.lost(desk.guild_id, wanted.channel_id or 0) is None
    gone = await desk.now(wanted.number)
    assert (gone.state, gone.channel_id) == (TicketState.DELETED, None)
    reopened = await tickets.reopen(desk.opener, desk.guild_id, lost.number)
    assert reopened.state is TicketState.OPENING
