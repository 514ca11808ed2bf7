"""Open pages are told what changed in their server, in no other, and only as long as they may know."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from guildbase.api import listeners as listening
from guildbase.api.listeners import MOST_PER_LOGIN, MOST_WAITING, Listener, Listeners
from guildbase.core.errors import RateLimited
from guildbase.core.events import Event
from guildbase.core.ports import AuditRecord
from guildbase.services.container import BotServices
from guildbase.services.controller import BaseController
from guildbase.services.live import CHANGED, NOWHERE, Changed
from guildbase.services.pubsub import PubSub
from tests.api.serving import serving
from tests.waiting import until

KEY = {"X-API-Key": "development-key"}
GUILD, OTHER = 1128754567890123457, 1128754567890123458


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "PAUSE", 0)


async def events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, Any]]:
    name = ""
    async for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


class Notes(BaseController):
    async def write(self, guild_id: int | None, *actions: str) -> None:
        async def work(unit: Any) -> None:
            for action in actions:
                await self.audit(unit, AuditRecord(action, guild_id))

        from guildbase.core.ports import SYSTEM

        await self.run(SYSTEM, work)


@pytest.mark.databases("sqlite")
async def test_a_page_hears_of_what_left_a_trace_in_its_server(services: BotServices) -> None:
    async with serving(services) as (client, _), client.stream("GET", f"/events?guild_id={GUILD}") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "no-cache" in answer.headers["cache-control"]
        heard = events(answer.aiter_lines())
        assert await anext(heard) == ("ready", [])
        pubsub = services.get(PubSub)
        pubsub.publish(CHANGED, Changed(OTHER, "tickets"))
        pubsub.publish(CHANGED, Changed(GUILD, "moderation"))
        pubsub.publish(CHANGED, Changed(GUILD, "moderation"))
        assert await anext(heard) == ("changed", ["moderation"])
        await services.get(Notes).write(None, "privacy.export")
        pubsub._gap()
        assert await anext(heard) == ("changed", [])


@pytest.mark.databases("sqlite")
async def test_audit_rows_and_events_are_told_after_the_commit_and_not_without_one(services: BotServices) -> None:
    heard: list[Changed] = []
    services.get(PubSub).subscribe(CHANGED, heard.append)
    await services.get(Notes).write(None, "standing.block", "standing.lift")
    assert heard == [Changed(NOWHERE, "standing")] * 2

    async def announce(unit: Any) -> None:
        from guildbase.features.tickets.events import TicketChanged

        await unit.announce(TicketChanged(GUILD, 1, "opened"))
        await unit.announce(Event())
        assert len(heard) == 2

    from guildbase.core.ports import SYSTEM

    await services.get(Notes).run(SYSTEM, announce)
    assert heard[2:] == [Changed(GUILD, "tickets")]

    async def fail(unit: Any) -> None:
        await announce_more(unit)
        raise ZeroDivisionError

    async def announce_more(unit: Any) -> None:
        await Notes(services).audit(unit, AuditRecord("guilds.join"))

    with pytest.raises(ZeroDivisionError):
        await services.get(Notes).run(SYSTEM, fail)
    assert len(heard) == 3


@pytest.mark.databases("sqlite")
async def test_who_may_not_know_of_the_server_is_refused_before_the_stream(services: BotServices) -> None:
    async with serving(services) as (client, _):
        for headers, path, status in (
            ({"X-API-Key": "gb_wrong"}, f"/events?guild_id={GUILD}", 401),
            (KEY, "/events?guild_id=12", 422),
            (KEY, f"/events?guild_id={2**63}", 422),
            (KEY, "/events?guild_id=", 422),
        ):
            answer = await client.get(path, headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        async with client.stream("GET", "/events") as answer:
            assert answer.status_code == 200
        await until(lambda: len(services.get(Listeners)) == 0)


@pytest.mark.databases("sqlite")
async def test_whoever_is_signed_out_hears_no_more(services: BotServices, monkeypatch: pytest.MonkeyPatch) -> None:
    from guildbase.api import live
    from guildbase.core.settings import Settings

    monkeypatch.setattr(live, "RECHECK", 0.01)
    async with serving(services) as (client, _), client.stream("GET", f"/events?guild_id={GUILD}") as answer:
        heard = events(answer.aiter_lines())
        assert await anext(heard) == ("ready", [])
        monkeypatch.setattr(services.get(Settings).api_key, "_secret_value", "another")
        assert [event async for event in heard] == []


@pytest.mark.databases("sqlite")
async def test_open_pages_do_not_hold_up_the_end_of_the_server(services: BotServices) -> None:
    async with serving(services) as (client, server), client.stream("GET", f"/events?guild_id={GUILD}") as answer:
        heard = events(answer.aiter_lines())
        await anext(heard)
        services.get(Listeners).end()
        server.should_exit = True
        assert [event async for event in heard] == []
    assert len(services.get(Listeners)) == 0


@pytest.mark.databases("sqlite")
async def test_a_login_has_so_many_streams_and_a_closed_page_makes_room(services: BotServices) -> None:
    listeners = Listeners(services)
    open_pages = [listeners.listen(GUILD, "login") for _ in range(MOST_PER_LOGIN)]
    for page in open_pages:
        page.__enter__()
    with pytest.raises(RateLimited), listeners.listen(OTHER, "login"):
        pass
    with listeners.listen(GUILD, "another login"), listeners.listen(GUILD, None):
        assert len(listeners) == MOST_PER_LOGIN + 2
    open_pages.pop().__exit__(None, None, None)
    with listeners.listen(OTHER, "login"):
        assert len(listeners) == MOST_PER_LOGIN
    for page in open_pages:
        page.__exit__(None, None, None)
    assert len(listeners) == 0


async def test_what_waits_for_a_slow_page_stays_small() -> None:
    listener = Listener(GUILD)
    for number in range(10 * MOST_WAITING):
        listener.tell(f"feature_{number % (MOST_WAITING * 2)}")
    assert await listener.changes() == []
    listener.tell("tickets")
    listener.tell("cases")
    listener.tell("tickets")
    assert await listener.changes() == ["tickets", "cases"]
    listener.tell("tickets")
    listener.close()
    assert await listener.changes() is None


@pytest.mark.databases("sqlite")
async def test_a_page_that_opens_while_the_server_stops_is_sent_away(services: BotServices) -> None:
    listeners = Listeners(services)
    listeners.end()
    with listeners.listen(GUILD, "login") as listener:
        assert await listener.changes() is None


@pytest.mark.databases("sqlite")
async def test_more_messages_than_can_wait_mean_that_anything_changed(services: BotServices) -> None:
    listeners = Listeners(services)
    with listeners.listen(GUILD, "login") as listener:
        pubsub = services.get(PubSub)
        await until(lambda: bool(pubsub._handlers.get(CHANGED.name)))
        for number in range(1100):
            pubsub.publish(CHANGED, Changed(GUILD, f"feature_{number % 3}"))
        assert await listener.changes() == []
